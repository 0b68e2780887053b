"""Decisions about slugs, which are unique in a tenant."""

SLUG_LENGTH = 200


def slug_tried(slug: str, attempt: int) -> str:
    """The slug to be tried: itself first (attempt 0), then with -2, -3 and so on."""
    if attempt == 0:
        return slug[:SLUG_LENGTH]
    ending = f"-{attempt + 1}"
    return slug[: SLUG_LENGTH - len(ending)] + ending
