"""Who is an operator, and what may become of a tenant."""

# The only moves that operators make by hand; what a deletion does is its own matter.
MOVES = {("active", "suspended"), ("suspended", "active")}


def may_become(was: str, becomes: str) -> bool:
    """Whether an operator may move a tenant from one status to the other."""
    return (was, becomes) in MOVES
