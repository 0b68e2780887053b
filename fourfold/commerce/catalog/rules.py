"""Decisions of the catalogue: slugs, the key of a variant's options, safe descriptions."""

from collections.abc import Mapping, Sequence
from hashlib import sha256

import nh3
from slugify import slugify

# As long as the handles of Shopify, which become slugs.
SLUG_LENGTH = 255
# The parser looks through all open elements for each new one, so that its time grows with the square of their number.
MOST_ELEMENTS = 5_000
KEY_LENGTH = 500


def options_key(options: Mapping[str, str]) -> str:
    """One text for the same options in any order; two variants of a product never share it."""
    key = "\x1f".join(f"{name}\x1e{value}" for name, value in sorted(options.items()))
    return key if len(key) <= KEY_LENGTH else sha256(key.encode()).hexdigest()


def slug_of(title: str) -> str:
    """A slug made of a title; "product" when no letter or digit is left of it."""
    return slugify(title, max_length=SLUG_LENGTH - 10) or "product"


def free_slug(slug: str, taken: set[str]) -> str:
    """The slug, or with -2, -3 and so on when it is taken."""
    if slug not in taken:
        return slug
    number = 2
    while f"{slug}-{number}" in taken:
        number += 1
    return f"{slug}-{number}"


def safe_html(text: str) -> str:
    """HTML that is safe to show: no scripts, no handlers, no styles."""
    return nh3.clean(text).strip()


def option_names(options: Sequence[Mapping[str, str]]) -> tuple[str, ...] | None:
    """The names of the options, in the first variant's order; None when the variants differ in them."""
    first = tuple(options[0])
    return first if all(set(each) == set(first) and len(each) == len(first) for each in options) else None
