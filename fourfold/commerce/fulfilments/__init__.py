"""Fulfilments: the parcels of an order, one for each vendor."""
