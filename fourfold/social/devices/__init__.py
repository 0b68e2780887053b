"""Devices: where people hear of things at once, through whoever brings messages to such devices."""
