"""Payouts: the ledger that says whose money it is."""
