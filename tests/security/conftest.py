"""What the security tests leave behind for the whole platform is taken back, since others share the database."""

import asyncio
import json
from collections import defaultdict
from collections.abc import Iterator

import pytest

from tests.builders.commerce import made
from tests.builders.operators import an_operator
from tests.conftest import Running, sql_in

SHARED = "/v1/core/operator/settings"
Kept = dict[tuple[str, str], object]


def _kept(running: Running) -> Kept:
    rows = asyncio.run(sql_in(running.database, "SELECT scope, name, value::text FROM core.shared_setting"))
    return {(row["scope"], row["name"]): json.loads(row["value"]) for row in rows}


@pytest.fixture(scope="module", autouse=True)
def _platform_as_it_was(running: Running) -> Iterator[None]:
    """Takes back what was set for all tenants, such as their language: generated requests set whatever may be set."""
    before = _kept(running)
    yield
    after, changed = _kept(running), defaultdict[str, dict[str, object]](dict)
    for scope, name in before.keys() | after.keys():
        if before.get((scope, name)) != after.get((scope, name)):
            changed[scope][name] = before.get((scope, name))
    for scope, values in changed.items():
        made(an_operator(running).patch(SHARED, json={"scope": scope, "values": values}), 200)
