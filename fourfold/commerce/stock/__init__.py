"""Stock: what is there, what is set aside, and the ledger of what came and went."""
