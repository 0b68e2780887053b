"""Parts of a file that a client asks for by `Range`."""

# Longer numbers are no positions in any file, and Python refuses to read much longer ones.
_MOST_DIGITS = 18


def span_of(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte of a `Range: bytes=a-b`; None when there is none that can be served (RFC 9110, 14.1.2)."""
    kind, _, spans = (header or "").partition("=")
    first, dash, last = spans.strip().partition("-")
    if kind.strip().lower() != "bytes" or not dash or not all(_is_number(each) or not each for each in (first, last)):
        return None
    if not first:
        return (max(size - int(last), 0), size - 1) if last and int(last) and size else None
    begin, end = int(first), min(int(last), size - 1) if last else size - 1
    return (begin, end) if begin <= end else None


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) <= _MOST_DIGITS
