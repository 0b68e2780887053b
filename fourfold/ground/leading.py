"""Which part of a filter a key answers: it goes first, as a stage of its own, and the rest goes behind it.

MongoDB puts the two together again, so nothing changes there. Other servers of its protocol use a key only for what it
answers whole: they would read all documents of all tenants for one `$or` beside it.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from fourfold.ground.collection import TENANT, Key

Words = dict[str, Any]
# What a key answers of the field behind those that are equal to something.
BOUNDS = frozenset({"$eq", "$gt", "$gte", "$lt", "$lte", "$in"})
# This one sorts what it finds, and so cannot stand in a stage.
NEAR = "$nearSphere"


def in_order(wanted: Mapping[str, Any]) -> Words:
    """The filter with the id first, by which a document is found at once, whatever else it has to be."""
    return {"_id": wanted["_id"], **wanted} if "_id" in wanted else dict(wanted)


def split(wanted: Mapping[str, Any], keys: Sequence[Key]) -> tuple[Words, Words]:
    """What goes first, answered by one of the keys, and the rest; the rest is empty when no key helps, or one suffices.

    `wanted` is as MongoDB writes it, with the tenant.
    """
    if _is_point(wanted.get("_id")):
        lead = {"_id": wanted["_id"], TENANT: wanted[TENANT]}
        rest = {name: value for name, value in wanted.items() if name not in lead}
        return (lead, rest) if any(name.startswith("$") for name in rest) else (in_order(wanted), {})
    if any(isinstance(value, dict) and NEAR in value for value in wanted.values()):
        return dict(wanted), {}
    leads = [_lead(wanted, key) for key in keys if key.where is None and not key.sparse and key.ttl is None]
    best = max(leads, key=_weight, default={})
    if not best:
        return dict(wanted), {}
    lead = {TENANT: wanted[TENANT], **best}
    rest = {name: value for name, value in wanted.items() if lead.get(name, ...) != value}
    return (lead, rest) if rest else (dict(wanted), {})


def _lead(wanted: Mapping[str, Any], key: Key) -> Words:
    found: Words = {}
    for name, direction in key.spec[1:]:
        if direction not in {1, -1} or name not in wanted:
            break
        value = wanted[name]
        if not isinstance(value, dict):
            found[name] = value
        elif value.get("$all"):
            # One of several words leads to all that say it; long ones are rarer.
            found[name] = max(value["$all"], key=lambda word: (len(str(word)), str(word)))
        else:
            return {**found, name: value} if _is_bound(value) else found
    return found


def _weight(lead: Words) -> tuple[int, int]:
    equal = sum(not isinstance(value, dict) for value in lead.values())
    return equal, len(lead)


def _is_bound(asked: Mapping[str, Any]) -> bool:
    return BOUNDS.issuperset(asked) and ("$in" not in asked or len(asked) == 1)


def _is_point(asked: Any) -> bool:
    return asked is not None and (not isinstance(asked, dict) or set(asked) <= {"$in", "$eq"})
