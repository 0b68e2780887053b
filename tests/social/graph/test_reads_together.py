"""What a graph of answers costs: as many reads for twenty posts as for five."""

from dataclasses import replace
from typing import Any

from fourfold.ground.document_work import DocumentView
from fourfold.social.graph.asking import Asking
from fourfold.social.graph.run import Order, Runner
from tests.builders.community import comment, joined, react, tie, write
from tests.builders.ties import follow
from tests.conftest import Caller, Tenant
from tests.social.visibility.test_store_calls import reads_of

FEED = """
  query ($first: Int!) { feed(first: $first) { items {
    text ownReaction counts { like comments } author { handle profile { bio counts { followers } } } mentions { name }
    comments(first: 3) { next items {
      text ownReaction author { name } counts { like } replies(first: 1) { items { text author { handle } } }
    } }
  } } }
"""
MOST = 40


def written_about(author: Caller, reader: Caller, cut: Caller, number: int) -> None:
    """Posts with comments, answers to them and reactions."""
    for turn in range(number):
        post = write(author, f"Number {turn}")
        react(reader, post)
        said = [comment(each, post, f"Comment {turn}") for each in (author, reader, cut, author)]
        comment(reader, post, "Answered", said[0])


def reads_for(tenant: Tenant, caller: Caller, document: str, **variables: Any) -> tuple[list[str], dict[str, Any]]:
    """The reads of an operation, and its answer."""
    told: dict[str, Any] = {}

    async def run(view: DocumentView) -> None:
        who = replace(view.who, permissions=frozenset({"social:posts:read", "social:feeds:read"}))
        runner = Runner(view.house)
        asking = Asking(view.house, who)
        told.update(await runner.run(asking, await runner.prepare(who, Order(document, None, None, variables))))

    return reads_of(tenant, caller, run), told


def test_a_feed_costs_the_same_however_long(tenant: Tenant) -> None:
    """S-82: with authors, counts, the reader's reactions and three comments each, also for whoever is cut off."""
    author, reader, cut = joined(tenant, 3)
    follow(reader, author)
    written_about(author, reader, cut, 20)
    for _ in range(2):
        # Timelines that are not there yet are made at the first look.
        reads_for(tenant, reader, FEED, first=1)
        few, short = reads_for(tenant, reader, FEED, first=5)
        many, long = reads_for(tenant, reader, FEED, first=20)
        assert "errors" not in long, long
        assert [len(each["data"]["feed"]["items"]) for each in (short, long)] == [5, 20]
        assert all(len(each["comments"]["items"]) >= 2 for each in long["data"]["feed"]["items"])
        assert sorted(many) == sorted(few)
        assert 0 < len(many) <= MOST, many
        tie(tenant, reader, cut, block=True)


def test_posts_that_are_asked_for_one_by_one_are_read_together(tenant: Tenant) -> None:
    """S-82: aliases cost no reads of their own."""
    [author] = joined(tenant, 1)
    ids = [write(author)["id"] for _ in range(6)]

    def document(number: int) -> str:
        fields = (
            f'p{turn}: post(id: "{ids[turn]}") {{ text author {{ profile {{ bio }} }} }}' for turn in range(number)
        )
        return f"{{ {' '.join(fields)} }}"

    one, _ = reads_for(tenant, author, document(1))
    six, told = reads_for(tenant, author, document(6))
    assert len(told["data"]) == 6
    assert sorted(six) == sorted(one)
