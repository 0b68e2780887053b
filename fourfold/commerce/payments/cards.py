"""Card numbers: their form and their check digit. They are passed on to the gateway and never kept."""

from typing import Annotated

from pydantic import AfterValidator, StringConstraints, WithJsonSchema

SHORTEST, LONGEST = 12, 19
LARGEST_DIGIT = 9


def _checked(text: str) -> str:
    digits = text.replace(" ", "")
    if not (digits.isascii() and digits.isdigit() and SHORTEST <= len(digits) <= LONGEST):
        raise ValueError("a card number has 12 to 19 digits")
    if _luhn_sum(digits) % 10:
        raise ValueError("this is not a card number: its check digit is wrong")
    return digits


def _luhn_sum(digits: str) -> int:
    """ISO/IEC 7812-1, annex B: every second digit from the right counts double, its digits added up."""
    doubled = [int(digit) * (1 + at % 2) for at, digit in enumerate(reversed(digits))]
    return sum(each - LARGEST_DIGIT if each > LARGEST_DIGIT else each for each in doubled)


CardNumber = Annotated[
    str,
    StringConstraints(max_length=30),
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "maxLength": 30, "examples": ["4242424242424242"]}),
]
"""A card number such as `4242 4242 4242 4242`, without its spaces."""
