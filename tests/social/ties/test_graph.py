"""Friendships by the thousand: brought in from a file, and mutual friends counted against a plain computation."""

import asyncio
import gzip
import itertools
import os
import random
from collections import defaultdict
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pytest

from fourfold.serve.errands.friendships import import_friendships_by_hand, lines_of
from fourfold.services import ALL
from fourfold.social.people.documents import PEOPLE
from fourfold.social.ties.documents import TIES
from tests.builders.ties import ME, PEOPLE_HERE, accounts, befriend, block, ids, people, way
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
Graph = dict[str, set[str]]
EDGES = "FOURFOLD_TEST_EDGES"
TRIANGLES = 1_612_010


def brought_in(tenant: Tenant, file: Path) -> dict[str, Any]:
    """What an import of a file counts."""
    return asyncio.run(import_friendships_by_hand(tenant.running.settings, ALL, file, tenant.slug, quiet=True))


def graph_in(lines: Iterable[str]) -> Graph:
    """Who is whose friend, by what stands in the file."""
    graph: Graph = defaultdict(set)
    for line in lines:
        one, other = line.split()
        graph[one].add(other)
        graph[other].add(one)
    return graph


def stored(tenant: Tenant, documents_of: Documents) -> Graph:
    """Who is whose friend, by what is kept: handles, as they stand in the file."""
    handles = {each["_id"]: each["handle"].removeprefix("person_") for each in documents_of(tenant, PEOPLE)}
    graph: Graph = defaultdict(set)
    for each in documents_of(tenant, TIES):
        if each["friend"] == "friends":
            graph[handles[each["u"]]].add(handles[each["v"]])
    return graph


def common(graph: Graph) -> int:
    """The sum over all friendships of the friends that the two have in common."""
    return sum(len(graph[one] & graph[other]) for one in graph for other in graph[one]) // 2


def mutuals(caller: Caller, handle: str) -> int:
    """How many friends somebody has in common with another one; as many as the pages show."""
    path, total, found, cursor = f"{PEOPLE_HERE}/{handle}/mutuals", 0, list[str](), None
    while True:
        page = caller.get(path, params={"limit": 100, **({"cursor": cursor} if cursor else {})}).json()
        total, cursor = page["total"], page["next"]
        found += [each["id"] for each in page["items"]]
        if cursor is None:
            break
    assert len(found) == len(set(found)) == total
    return int(total)


def test_mutual_friends_of_a_generated_graph(tenant: Tenant, documents_of: Documents, tmp_path: Path) -> None:
    """S-03: for everybody whom one of three people knows, the count is that of a plain computation."""
    chance = random.Random(3)
    callers = people(tenant, 3)
    handles = [each.get(ME).json()["handle"] for each in callers]
    names = [*handles, *(str(number) for number in range(60))]
    edges = [pair for pair in itertools.combinations(names, 2) if chance.random() < 0.2]
    file = tmp_path / "friends.txt"
    file.write_text("\n".join(f"{one} {other}" for one, other in edges))
    graph = graph_in(lines_of(file))
    assert brought_in(tenant, file) == {"people": len(graph), "friendships": len(edges), "skipped": 0}
    assert stored(tenant, documents_of) == graph
    for caller, handle in zip(callers, handles, strict=True):
        assert caller.get(ME).json()["counts"]["friends"] == len(graph[handle])
        for other in graph[handle] - set(handles):
            assert mutuals(caller, f"person_{other}") == len(graph[handle] & graph[other])


@pytest.mark.skipif(EDGES not in os.environ, reason=f"{EDGES} names no file of friendships")
def test_mutual_friends_of_a_real_graph(tenant: Tenant, documents_of: Documents, tmp_path: Path) -> None:
    """S-03: over all friendships, three times as many common friends as triangles; over HTTP for the busiest."""
    lines = list(lines_of(Path(os.environ[EDGES])))
    graph = graph_in(lines)
    assert common(graph) == 3 * TRIANGLES
    [caller] = people(tenant, 1)
    handle = caller.get(ME).json()["handle"]
    busiest = max(graph, key=lambda each: len(graph[each]))
    file = tmp_path / "friends.txt.gz"
    with gzip.open(file, "wt", encoding="utf-8") as written:
        written.writelines(
            " ".join(handle if each == busiest else each for each in line.split()) + "\n" for line in lines
        )
    assert brought_in(tenant, file)["friendships"] == len(lines)
    kept = stored(tenant, documents_of)
    assert sum(map(len, kept.values())) == 2 * len(lines)
    assert common(kept) == 3 * TRIANGLES
    assert caller.get(ME).json()["counts"]["friends"] == len(graph[busiest])
    for other in sorted(graph[busiest], key=int)[::20]:
        assert mutuals(caller, f"person_{other}") == len(graph[busiest] & graph[other])


def test_an_import_may_be_repeated(tenant: Tenant, documents_of: Documents, tmp_path: Path) -> None:
    """S-03, I23: it adds what is missing, counts exactly, and lifts no block; lines without two people are skipped."""
    one, other, third = people(tenant, 3)
    handles = {each.account_id: each.get(ME).json()["handle"] for each in (one, other, third)}
    befriend(one, other)
    block(third, one)
    file = tmp_path / "friends.csv"
    pairs = [(one, other), (other, one), (one, third), (other, third)]
    lines = [f"{handles[a.account_id]},@{handles[b.account_id].upper()}" for a, b in pairs]
    file.write_text("\n".join(["# friends", "", "alone", "1 1", "a b c", "x y", *lines, "1 2"]))
    told = {"people": 5, "friendships": 4, "skipped": 4}
    assert [brought_in(tenant, file) for _ in range(2)] == [told, told]
    assert ids(other.get(way(other, "friends"))) == accounts(one, third)
    assert ids(one.get(way(one, "friends"))) == accounts(other)
    friends = {each["handle"]: each["counts"]["friends"] for each in documents_of(tenant, PEOPLE)}
    expected = [1, 2, 1]
    assert [friends[each] for each in handles.values()] == expected
    assert (friends["person_1"], friends["person_2"]) == (1, 1)
