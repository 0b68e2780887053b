"""Request headers as plain bytes, read once: the framework's mapping goes through all of them for each look."""

from collections.abc import Mapping
from typing import cast

from starlette.types import Scope

FIRST_HEADERS = "first_headers"


def first_headers(scope: Scope) -> Mapping[bytes, bytes]:
    """The headers by their names in lower case; of several with one name the first counts, as everywhere."""
    kept = scope.get(FIRST_HEADERS)
    if kept is None:
        kept = scope[FIRST_HEADERS] = dict(reversed(scope["headers"]))
    return cast("Mapping[bytes, bytes]", kept)
