"""How figures are written for people."""

from fourfold.ground.money import Money


def money_text(money: Money) -> str:
    """An amount with its thousands set apart: "1,234.50 EUR", "1,235 JPY"."""
    whole, point, part = money.decimal_text().partition(".")
    return f"{int(whole):,}{point}{part} {money.currency}" if whole != "-0" else str(money)


def pieces_text(quantity: int, title: str, options: str) -> str:
    """Pieces of a thing on one line: "2 x Kettle (cream, 1.6 l)"."""
    return f"{quantity} x {title} ({options})" if options else f"{quantity} x {title}"
