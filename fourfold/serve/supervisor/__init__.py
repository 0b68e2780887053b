"""Servers and processes on one machine: started, watched, stopped."""
