"""What a request asks for, in the audit log's words: its action from the route, its target from the path."""

import re
from collections.abc import Callable
from functools import lru_cache
from itertools import pairwise
from typing import Any

from starlette.types import Scope

from fourfold.ground.audit import LONGEST_TARGET, Asked
from fourfold.ground.redaction import shown_text

READING = frozenset({"GET", "HEAD", "OPTIONS"})

_PARAMETER = re.compile(r"{(\w+)(?::\w+)?}")
# Answers begin with the id of what was made.
_MADE = re.compile(rb'\{"id" ?: ?"([0-9a-f-]{36})"')


@lru_cache(4096)
def action_of(endpoint: Callable[..., Any]) -> str:
    """The name of what a route does: `commerce.orders.check_out` of `check_out_here` in that room."""
    room = endpoint.__module__.removeprefix("fourfold.").removesuffix(".api")
    return f"{room}.{endpoint.__name__.removesuffix('_here')}"


@lru_cache(4096)
def _things_of(path: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    """What the path's last word is one of, and its parameters with the kind of thing that each names."""
    words = [word for word in path.split("/") if word]
    named = []
    for before, word in pairwise(words):
        found = _PARAMETER.fullmatch(word)
        if found:
            name = found[1]
            named.append((name, name.removesuffix("_id") if name.endswith("_id") else _singular(before)))
    return _singular(words[-1]) if words else "", tuple(named)


def _singular(word: str) -> str:
    word = word.replace("-", "_")
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("ches", "shes", "sses", "xes")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def asked_by(scope: Scope, permission: str | None) -> Asked:
    """What the request asks for; `target` is the last thing in its path, `within` are those before it."""
    route = scope["route"]
    given = scope["path_params"]
    if not given:
        return Asked(action_of(route.endpoint), permission=permission)
    things = []
    for name, kind in _things_of(route.path)[1]:
        # The parameter's own name may say that it is a secret; in the entry stands what it is.
        things.append(f"{kind}:{shown_text(name, str(given.get(name, '')))}"[:LONGEST_TARGET])
    return Asked(action_of(route.endpoint), things[-1] if things else "", permission, things[:-1])


def add_answer(asked: Asked, path: str, status: int, body: bytes) -> None:
    """Adds what the answer tells: its status, and the id of what was made."""
    asked.status = status
    made = _MADE.match(body) if status == 201 else None  # noqa: PLR2004 - Created
    if made is None:
        return
    made_id = made[1].decode()
    if asked.target:
        asked.made = made_id
    else:
        asked.target = f"{_things_of(path)[0]}:{made_id}"
