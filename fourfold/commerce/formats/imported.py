"""What a catalogue file holds: raw products as written, products as understood, and what is wrong with it."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from fourfold.commerce.catalog.rules import SLUG_LENGTH
from fourfold.ground.money import Money, NotMoney

MOST_SHOWN = 60
MOST_DIGITS = 9
MOST_MINOR_UNITS = 10**12
MOST_OPTIONS = 5
MOST_VARIANTS = 100
MOST_IMAGES = 250
MOST_TAGS = 250
MOST_PROBLEMS_OF_A_PRODUCT = 500
MOST_CHARACTERS = {
    "handle": SLUG_LENGTH,
    "title": 255,
    "vendor": 255,
    "type": 255,
    "tags": 255,
    "sku": 120,
    "barcode": 120,
    "image_src": 2048,
    "image_alt": 512,
    "seo_title": 255,
    "seo_description": 1000,
    **{f"option{at}_name": 120 for at in range(1, MOST_OPTIONS + 1)},
    **{f"option{at}_value": 255 for at in range(1, MOST_OPTIONS + 1)},
}

_WHOLE = re.compile(r"(-?[0-9]{1,9})(?:\.0{1,9})?")


class UnreadableFile(ValueError):
    """The file as a whole cannot be read, or not beyond `line`; the message is a sentence that a person may act upon.

    `code` is one of bad_json, bad_quoting, duplicate_column, empty, missing_columns, nul_bytes, too_large,
    unknown_format, wrong_encoding.
    """

    def __init__(self, code: str, message: str, line: int | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.line = line


@dataclass(frozen=True, slots=True)
class RowProblem:
    """Why one row cannot be imported: where, which column, and what would be right.

    `line` counts as in `ImportedProduct`; `handle` is as the file has it, or empty. `code` is one of bad_encoding,
    bad_handle, bad_json, bad_url, duplicate_handle, duplicate_option, duplicate_variant, missing, negative,
    not_a_choice, not_a_number, not_text, nul_bytes, too_large, too_long, too_many, too_many_columns,
    unknown_option, wrong_currency; from an import also duplicate_sku, slug_taken and codes of refusals.
    """

    line: int
    column: str | None
    code: str
    message: str
    handle: str


@dataclass(frozen=True, slots=True)
class FaultyProduct:
    """A product that cannot be imported, with all that is wrong in its rows; `line` is its first."""

    line: int
    handle: str
    problems: tuple[RowProblem, ...]


class ImportedImage(NamedTuple):
    src: str
    position: int
    alt: str


@dataclass(frozen=True, slots=True)
class ImportedVariant:
    """One thing to buy; `price` and `compare_at` in minor units of the import's currency, `grams` its weight."""

    options: dict[str, str]
    sku: str | None
    price: int
    compare_at: int | None
    stock: int
    grams: int
    barcode: str | None
    backorder: bool


@dataclass(frozen=True, slots=True)
class ImportedProduct:
    """A product with no fault in any of its rows.

    `line` is its first line in the file with the header as line 1, the line of NDJSON, the row of a sheet, or its
    place in a JSON document counted from 1. `description_html` is safe to show.
    """

    line: int
    handle: str
    title: str
    description_html: str
    vendor_name: str | None
    type: str | None
    tags: tuple[str, ...]
    published: bool
    options: tuple[str, ...]
    variants: tuple[ImportedVariant, ...]
    images: tuple[ImportedImage, ...]
    seo_title: str
    seo_description: str


class RawVariant(NamedTuple):
    """A variant as written; `options` are the values in the places of the product's option names."""

    line: int
    options: tuple[str, ...]
    sku: str
    price: str
    compare_at: str
    currency: str
    stock: str
    grams: str
    barcode: str
    policy: str


class RawImage(NamedTuple):
    line: int
    src: str
    position: str
    alt: str


@dataclass(slots=True)
class RawProduct:
    """All rows of one handle as written; `columns` tells how the file calls each field."""

    columns: Mapping[str, str]
    line: int
    handle: str
    title: str
    body: str
    vendor: str
    type: str
    tags: list[str]
    published: str
    status: str
    option_names: tuple[str, ...]
    seo_title: str
    seo_description: str
    variants: list[RawVariant] = field(default_factory=list)
    images: list[RawImage] = field(default_factory=list)
    problems: list[RowProblem] = field(default_factory=list)

    def wrong(self, line: int, name: str, code: str, message: str) -> None:
        """Note a problem of the field `name`, or with "" of the whole row; a product with any is not imported."""
        if len(self.problems) < MOST_PROBLEMS_OF_A_PRODUCT:
            column = self.columns.get(name, name)
            said = f"{column}: {message}" if column else message
            self.problems.append(RowProblem(line, column or None, code, said, self.handle))

    def text(self, line: int, name: str, value: str, *, needed: bool = False) -> str:
        """The cell without blanks around it, within the length of its field."""
        text = value.strip()
        if len(text) > MOST_CHARACTERS[name]:
            message = f"{shown(text)} has {len(text):,} characters; at most {MOST_CHARACTERS[name]} fit."
            self.wrong(line, name, "too_long", message)
        if needed and not text:
            self.wrong(line, name, "missing", "the cell is empty, and a product cannot do without it.")
        return text

    def whole(self, line: int, name: str, value: str, *, least: int = 0) -> int:
        """The cell as a whole number; an empty one counts as 0."""
        if value.isdecimal() and value.isascii() and len(value) <= MOST_DIGITS:
            return int(value)
        text = value.strip()
        if not text:
            return 0
        found = _WHOLE.fullmatch(text)
        if found is None:
            self.wrong(line, name, "not_a_number", f"{shown(text)} is no whole number of at most nine digits, like 12.")
            return 0
        number = int(found[1])
        if number < least:
            self.wrong(line, name, "negative", f"{number} is below zero; write 0 or more.")
        return number

    def amount(self, line: int, name: str, value: str, currency: str) -> int | None:
        """The cell as an amount in minor units; nothing for an empty one."""
        text = value.strip()
        if not text:
            return None
        try:
            amount = Money.parse(text, currency).amount
        except NotMoney as why:
            self.wrong(line, name, "not_a_number", str(why))
            return 0
        if amount < 0:
            self.wrong(line, name, "negative", f"{shown(text)} is below zero; write 0 or more.")
        if amount > MOST_MINOR_UNITS:
            self.wrong(line, name, "too_large", f"{shown(text)} is beyond what anything may cost.")
        return amount

    def choice(self, line: int, name: str, value: str, choices: Mapping[str, bool]) -> bool:
        """What the cell's word stands for, whatever its case."""
        chosen = choices.get(value, choices.get(value.strip().lower()))
        if chosen is None:
            known = ", ".join(choice for choice in choices if choice)
            self.wrong(line, name, "not_a_choice", f"{shown(value)} is none of {known}.")
            return False
        return chosen


def shown(value: str) -> str:
    """A stranger's text in a message: quoted, and cut before it becomes a nuisance."""
    return repr(value if len(value) <= MOST_SHOWN else value[: MOST_SHOWN - 3] + "...")
