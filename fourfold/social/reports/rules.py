"""What may be wrong with something, what becomes of a report, and which evidence is kept."""

from collections.abc import Mapping, Sequence
from typing import Any, Literal

Kind = Literal["person", "post", "comment", "message"]
Reason = Literal[
    "spam", "harassment", "hate", "violence", "sexual", "self_harm", "child_safety", "false_information",
    "impersonation", "illegal", "other",
]  # fmt: skip
Outcome = Literal["dismissed", "acted"]
State = Literal["open", "dismissed", "acted"]
MOST_EVIDENCE = 5


def with_evidence(kept: Sequence[Mapping[str, Any]], fresh: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The evidence of a report that is made again: what it says by now comes behind what it said, if it differs.

    The first one always stays, and of the others the latest.
    """
    apart = {"at"}
    told = {name: value for name, value in fresh.items() if name not in apart}
    if any({name: value for name, value in each.items() if name not in apart} == told for each in kept):
        return list(kept)
    return [*kept[:1], *[*kept[1:], fresh][-(MOST_EVIDENCE - 1) :]]
