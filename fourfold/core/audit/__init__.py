"""The audit log: what was done and refused, chained behind the requests, anchored outside of the database, verified."""
