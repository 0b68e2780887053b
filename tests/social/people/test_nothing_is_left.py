"""Whoever is erased is gone from all that the community keeps, wherever they have left something."""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from fourfold.social.service import social
from tests.builders.chat import say, talk
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, handle_of, joined, react, repost, write
from tests.builders.polls import ask_poll, vote
from tests.conftest import PASSWORD, Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
# The account's id alone, where others would lose something by its going: a place that nobody else takes, the order of
# a conversation, and for some days the rows that tell clients what to forget.
STAYS = {"social.people", "social.messages", "social.channel_log"}


def spam(post: Mapping[str, Any]) -> dict[str, Any]:
    """A report of a post."""
    return {"kind": "post", "id": post["id"], "reason": "spam"}


def live(person: Caller, friend: Caller) -> None:
    """Somebody leaves a secret wherever one can be left."""
    theirs = write(friend, "Look")
    asked = ask_poll(friend)
    post = write(person, f"A secret #tag for @{handle_of(friend)}")
    done = [
        person.patch(f"{POSTS_HERE}/{post['id']}", json={"text": "A better secret"}),
        person.put(f"{POSTS_HERE}/{theirs['id']}/bookmark", json={}),
        person.post("/v1/social/bookmark-collections", json={"name": "Secrets"}),
        person.put("/v1/social/hashtags/secret/follow"),
        person.put(f"/v1/social/people/{handle_of(friend)}/follow"),
        person.post("/v1/social/muted-words", json={"text": "secret"}),
        person.post("/v1/social/reports", json={**spam(theirs), "text": "A secret"}),
        friend.post("/v1/social/reports", json=spam(post)),
        vote(person, asked, "Tea"),
    ]
    assert [each.text for each in done if not each.is_success] == []
    write(person, "A secret draft", draft=True)
    write(person, "A secret thought", quote_of=theirs["id"])
    said = comment(person, theirs, "A secret word")
    person.patch(f"{COMMENTS_HERE}/{said['id']}", json={"text": "Another secret"})
    comment(friend, post, "Indeed")
    react(person, theirs)
    react(friend, post)
    repost(person, theirs)
    repost(friend, post)
    say(person, talk(person, friend), "A secret between us")


def test_nothing_is_left(tenant: Tenant, documents_of: Documents, eventually: Callable[..., Any]) -> None:
    """I10, B-52, S-83: no document holds what they said, and but for a few places none says that they were there."""
    person, friend = joined(tenant, 2)
    live(person, friend)
    them = UUID(person.account_id)

    def left() -> dict[str, list[dict[str, Any]]]:
        found = {}
        for collection in social.collections:
            rows = documents_of(tenant, collection)
            known = [] if collection.name in STAYS else [each for each in rows if str(them) in str(each)]
            spoken = [each for each in rows if "secret" in str(each).lower()]
            if known or spoken:
                found[collection.name] = [*known, *spoken]
        return found

    assert len(left()) > 8
    assert person.post("/v1/core/me/erasure", json={"password": PASSWORD}).is_success
    ended = f"/v1/core/accounts/{person.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done")
    eventually(lambda: not left())
