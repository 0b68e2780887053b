"""Departures: a tenant takes all its data along, and is deleted with a receipt."""
