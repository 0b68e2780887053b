"""Refunds: money that goes back."""
