"""Notifications: what somebody is told of that others have done, grouped, counted, and taken back with it."""
