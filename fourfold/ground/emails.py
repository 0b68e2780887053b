"""E-mail addresses, checked for their form and kept in lower case."""

from typing import Annotated

from email_validator import EmailNotValidError, validate_email
from pydantic import AfterValidator, Field, WithJsonSchema


def _checked(address: str) -> str:
    try:
        # Addresses of test domains are fine: whether mail arrives is found out by sending one.
        found = validate_email(address, check_deliverability=False, test_environment=True)
    except EmailNotValidError as problem:
        raise ValueError(str(problem)) from problem
    return found.normalized.lower()


def plain_address(typed: str) -> str:
    """The form in which an address is kept, of whatever somebody types when they sign in; raises nothing."""
    try:
        return _checked(typed.strip())
    except ValueError:
        return typed.strip().lower()


Email = Annotated[
    str,
    Field(max_length=254),
    AfterValidator(_checked),
    WithJsonSchema({"type": "string", "format": "email", "maxLength": 254, "examples": ["ada@demo.test"]}),
]
"""An address such as `ada@demo.test`, normalised."""
