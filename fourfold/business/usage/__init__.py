"""Usage: how many requests each tenant, account and API key has sent, to what, and what came of them."""
