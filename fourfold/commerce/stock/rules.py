"""Decisions about stock: when its change is worth telling."""

MOST_SOLD_AHEAD = 10_000


def flipped(before: int, after: int) -> bool:
    """Whether pieces ran out, or came back."""
    return (before > 0) != (after > 0)


def ran_low(before: int, after: int, low_at: int) -> bool:
    """Whether the pieces came down to the level at which somebody wants to know (0: nobody does)."""
    return 0 < low_at < before and after <= low_at


def limit_of(*, backorder: bool) -> int:
    """How many pieces of a variant are sold ahead."""
    return MOST_SOLD_AHEAD if backorder else 0
