"""Decisions about the tree: how deep it may be, and what would close a circle."""

# A path has 37 characters a level, and an index takes no more than some 2,700 bytes.
MOST_LEVELS = 50


def levels_of(path: str) -> int:
    """How many levels a path has: 0 for "/", 1 for "/top/"."""
    return path.count("/") - 1


def closes_a_circle(moved: str, parent: str) -> bool:
    """Whether the parent's path lies in the subtree that is moved below it."""
    return parent.startswith(moved)
