"""What must not be written down: secrets, and what would tell who a person is, found by the names of fields."""

import re
from collections.abc import Mapping
from dataclasses import asdict, is_dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, SecretBytes, SecretStr

SECRET, PERSONAL, CUT = "[secret]", "[personal]", "[cut]"
LONGEST_TEXT, LONGEST_LIST, DEEPEST = 500, 100, 6

_WORD = re.compile(r"[A-Z]?[a-z]+\d*|[A-Z]+|\d+")
_SECRET_WORD = re.compile(
    "assertion|authorization|bearer|cards?|challenge|cipher|codes?|cookies?|credentials?|csrf|cv[cv]|digest|hash|keys?"
    "|nonce|otp|pan|passcode|passphrase|passwd|passwords?|pin|private|pwd|salt|secrets?|signature|tokens?|totp"
)
_PERSONAL_WORD = re.compile(
    "address(es)?|birth|birthda(y|te)|city|dob|emails?|iban|ip|line[12]|locality|mail|mobile|passport|phones?|postal"
    "|postcode|recipient|ssn|street|tel|telephone|zip|zipcode"
)
# `key_id` names a key and is none; a `country_code` opens nothing.
_ABOUT_WORD = re.compile("at|count|expires|ids?|kind|length|name|prefix|status|type|verified")
_HARMLESS_CODE = re.compile("country|currency|language|reason|region|status")
_LOOKS_SECRET = re.compile(
    r"\b(?:ff[a-z]_|whsec_|sk_|eyJ)[\w.-]{8,}|\b\d{4}[ -]?\d{4}[ -]?\d{4}[ -]?\d{1,7}\b|-----BEGIN "
)
_UUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_LOOKS_PERSONAL = re.compile(r"[^\s@:/]+@[^\s@]+\.[^\s@]+")


@lru_cache(4096)
def _hidden_by_name(name: str) -> str | None:
    words = [word.lower() for word in _WORD.findall(name)]
    if not words or _ABOUT_WORD.fullmatch(words[-1]):
        return None
    if any(map(_SECRET_WORD.fullmatch, words)):
        is_harmless = words[-1] == "code" and any(map(_HARMLESS_CODE.fullmatch, words))
        return None if is_harmless else SECRET
    return PERSONAL if any(map(_PERSONAL_WORD.fullmatch, words)) else None


def shown_text(name: str, value: str) -> str:
    """A text as it may be written down under the name of its field."""
    hidden = _hidden_by_name(name)
    if hidden is not None:
        return hidden
    if _UUID.fullmatch(value):
        return value
    if _LOOKS_SECRET.search(value):
        return SECRET
    if _LOOKS_PERSONAL.search(value):
        return PERSONAL
    return value if len(value) <= LONGEST_TEXT else value[:LONGEST_TEXT] + CUT


def shown(value: Any, name: str = "", depth: int = 0) -> Any:
    """A value of JSON's kinds (or a model) without secrets and personal details; long texts and lists are cut."""
    if isinstance(value, SecretStr | SecretBytes | bytes):
        return SECRET
    if isinstance(value, BaseModel):
        value = value.model_dump()
    elif is_dataclass(value) and not isinstance(value, type):
        value = asdict(value)
    if value is None or isinstance(value, bool):
        return value
    hidden = _hidden_by_name(name) if name else None
    if hidden is not None or isinstance(value, str):
        return hidden or shown_text(name, value)
    return _shown_inside(value, name, depth + 1) if depth < DEEPEST else CUT


def _shown_inside(value: Any, name: str, depth: int) -> Any:
    if isinstance(value, Mapping):
        return {str(key): shown(each, str(key), depth) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(value, key=str) if isinstance(value, set | frozenset) else list(value)
        return [shown(each, name, depth) for each in items[:LONGEST_LIST]] + [CUT] * (len(items) > LONGEST_LIST)
    return value
