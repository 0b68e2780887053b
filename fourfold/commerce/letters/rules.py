"""How pieces are written for people."""


def pieces_text(quantity: int, title: str, options: str) -> str:
    """Pieces of a thing on one line: "2 x Kettle (cream, 1.6 l)"."""
    return f"{quantity} x {title} ({options})" if options else f"{quantity} x {title}"
