"""What mutes cost, whom they keep from hearing of what is new, and what is left of them when their people go."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.mutes.documents import MUTES
from fourfold.social.reports.documents import REPORTS
from fourfold.social.ties.documents import TIES
from fourfold.social.visibility.posts import show_posts
from tests.builders.community import POSTS_HERE, joined, tie, write
from tests.builders.sockets import all_listening
from tests.conftest import PASSWORD, Tenant
from tests.social.people.test_personal_data import exported
from tests.social.visibility.test_store_calls import reads_of

WORDS, REPORTS_HERE = "/v1/social/muted-words", "/v1/social/reports"


def test_mutes_cost_no_read(tenant: Tenant) -> None:
    """S-07, S-82: they are read along with the ties that are read anyway, whether or not there are any."""
    author, reader = joined(tenant, 2)
    shown = [UUID(write(author, text)["id"]) for text in ("Calm", "My garden")]

    async def show(view: DocumentView) -> None:
        found = await show_posts(view, shown, "feed")
        assert [each.text for each in found] == expected

    expected = ["Calm", "My garden"]
    without = reads_of(tenant, reader, show)
    assert reader.post(WORDS, json={"text": "garden"}).status_code == 201
    expected = ["Calm"]
    assert reads_of(tenant, reader, show) == without


def test_what_is_muted_is_not_announced(tenant: Tenant) -> None:
    """S-07, S-44: who mutes a word, or a person, does not hear that their feed has more; on other devices they do."""
    author, reader, deaf = joined(tenant, 3)
    for each in (reader, deaf):
        tie(tenant, each, author, follow="yes")
    tie(tenant, deaf, author, follow="yes", mute=True)
    with all_listening(reader, deaf) as (socket, other):
        assert reader.post(WORDS, json={"text": "garden"}).status_code == 201
        socket.until(lambda: "mutes.changed" in socket.types())
        write(author, "My garden")
        post = write(author, "Calm")
        socket.until(lambda: [each for each in socket.events if each["type"] == "feed.changed"])
        other.quiet(1.0)
        told = [each["data"]["post_id"] for each in socket.events if each["type"] == "feed.changed"]
        assert (told, "feed.changed" in other.types()) == ([post["id"]], False)


def test_people_get_and_take_what_they_muted_and_reported(
    tenant: Tenant, eventually: Callable[..., Any], documents_of: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-07, B-52, I10: their own words, not who has reported them; with them it goes, and what is about them."""
    person, other = joined(tenant, 2)
    mine, theirs = write(person, "Mine"), write(other, "Theirs")
    assert person.post(WORDS, json={"text": "garden"}).status_code == 201
    assert person.put(f"{POSTS_HERE}/{theirs['id']}/mute").status_code == 204
    for caller, post in ((person, theirs), (other, mine)):
        body = {"kind": "post", "id": post["id"], "reason": "spam", "text": f"About {post['text']}"}
        assert caller.post(REPORTS_HERE, json=body).status_code == 201
    told = exported(person, eventually)
    assert [each.get("text", each.get("post_id")) for each in told["social.mutes"]] == ["garden", theirs["id"]]
    assert [each["text"] for each in told["social.reports"]] == ["About Theirs"]
    assert other.account_id not in str(told["social.reports"])
    assert all(each["person"] != person.account_id for each in told["social.ties"])
    assert person.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}
    ended = f"/v1/core/accounts/{person.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done", 30)
    assert documents_of(tenant, MUTES) == []
    assert [each for each in documents_of(tenant, TIES) if each["u"] == UUID(person.account_id)] == []
    [left] = documents_of(tenant, REPORTS)
    assert (left["target"], left["text"], left["about"]) == (UUID(theirs["id"]), "", UUID(other.account_id))
    assert UUID(person.account_id) not in left.values()
    [shown] = tenant.owner.get(REPORTS_HERE).json()["items"]
    assert (shown["by"], shown["about"]["id"]) == (None, other.account_id)
