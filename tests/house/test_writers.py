"""Each table of the marketplace is written by one room, in its `tables.py`."""

import re
from collections import defaultdict

from tests.house.tree import package_sources, text_of

# The room that forgets a person's data looks into every corner.
FORGETTING = "persons"
WRITES = re.compile(r"\b(?:INSERT INTO|UPDATE|DELETE FROM)\s+(commerce\.\w+)")
# One statement does what would be several round trips in the busiest transactions; or a row goes with its parent; or a
# person is forgotten.
ALSO = {
    "commerce.cart": {"orders", "persons"},
    "commerce.coupon_use": {"persons"},
    "commerce.customer_order": {"persons"},
    "commerce.fulfilment": {"orders"},
    "commerce.product": {"search"},
    "commerce.product_image": {"catalog"},
}


def test_each_table_has_one_writer() -> None:
    """Who else wants to change a row calls an act of the room that keeps it."""
    writers: dict[str, set[str]] = defaultdict(set)
    for path in package_sources():
        if path.parts[1] == "commerce" and path.parts[2] != FORGETTING:
            for table in WRITES.findall(text_of(path)):
                writers[table].add(path.parts[2])
    assert len(writers) > 10
    assert {table: rooms for table, rooms in writers.items() if len(rooms - ALSO.get(table, set())) > 1} == {}


def test_only_tables_write() -> None:
    """SQL that changes rows stands in a room's `tables.py`."""
    loose = [
        f"{path} writes {table}"
        for path in package_sources()
        if path.parts[1] == "commerce" and path.stem != "tables"
        for table in WRITES.findall(text_of(path))
    ]
    assert loose == []
