"""Recovery: people verify what is theirs, come back after they forgot, and are shut out or let in again."""
