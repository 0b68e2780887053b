"""The shop's own facts, and the vendors who sell in it."""
