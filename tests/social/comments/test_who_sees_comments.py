"""Who sees which comments: blocks in the middle of threads, mentions, places of deleted ones, suspended people."""

from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.visibility.comments import first_comments, show_comments, visible_comments
from tests.builders.community import (
    COMMENTS_HERE,
    POSTS_HERE,
    comment,
    handle_of,
    joined,
    react,
    set_person,
    tie,
    write,
)
from tests.conftest import Caller, Tenant
from tests.social.visibility.test_store_calls import reads_of

MOST = 9


def below(caller: Caller, post: dict[str, Any]) -> list[dict[str, Any]]:
    answer = caller.get(f"{POSTS_HERE}/{post['id']}/comments", params={"sort": "old"})
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def answers(caller: Caller, said: dict[str, Any]) -> list[dict[str, Any]]:
    answer = caller.get(f"{COMMENTS_HERE}/{said['id']}/replies")
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def count_of(caller: Caller, post: dict[str, Any]) -> int:
    return int(caller.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["comments"])


def walked(caller: Caller, post: dict[str, Any]) -> list[dict[str, Any]]:
    """All comments that somebody comes across below a post, places included."""
    found, ahead = [], below(caller, post)
    while ahead:
        each = ahead.pop()
        found.append(each)
        below_it = answers(caller, each)
        assert len(below_it) == each["kids"]
        ahead += below_it
    return found


def status_of(caller: Caller, said: dict[str, Any]) -> int:
    return caller.get(f"{COMMENTS_HERE}/{said['id']}").status_code


def test_third_party_answers_below_the_blocked(tenant: Tenant) -> None:
    """S-07, I1, I2: whoever blocks somebody sees neither their comments nor what others have answered to them."""
    author, blocked, third, viewer = joined(tenant, 4)
    post = write(author)
    kept = comment(third, post, "Kept")
    said = comment(blocked, post, "Said")
    reply = comment(third, post, "Answered", said)
    deeper = comment(author, post, "Answered again", reply)
    own = comment(blocked, post, "In between", kept)
    after = comment(third, post, "After", kept)
    assert (len(walked(viewer, post)), count_of(viewer, post)) == (6, 6)
    tie(tenant, viewer, blocked, block=True)
    assert [each["id"] for each in walked(viewer, post)] == [kept["id"], after["id"]]
    assert count_of(viewer, post) == 2
    for each in (said, reply, deeper, own):
        assert status_of(viewer, each) == 404
        assert viewer.get(f"{COMMENTS_HERE}/{each['id']}/replies").status_code == 404
        assert viewer.put(f"{COMMENTS_HERE}/{each['id']}/reaction", json={"kind": "like"}).status_code == 404
        body = {"text": "x", "parent_id": each["id"]}
        assert viewer.post(f"{POSTS_HERE}/{post['id']}/comments", json=body).status_code == 404
    mine = comment(viewer, post, "Mine", kept)
    assert status_of(blocked, mine) == 404
    assert (len(walked(blocked, post)), count_of(blocked, post)) == (6, 6)
    assert (len(walked(author, post)), count_of(author, post)) == (7, 7)


def test_pages_are_full_in_spite_of_blocks(tenant: Tenant) -> None:
    """S-24, I18: what is left out leaves no holes: pages and first answers are filled with what comes next."""
    author, blocked, viewer = joined(tenant, 3)
    post = write(author)
    top = comment(author, post)
    for turn in range(8):
        comment(blocked if turn % 2 else author, post, str(turn), top if turn < 6 else None)
    tie(tenant, blocked, viewer, block=True)
    page = viewer.get(f"{POSTS_HERE}/{post['id']}/comments", params={"sort": "old", "limit": 2}).json()
    assert [each["text"] for each in page["items"]] == ["Indeed", "6"]
    assert page["next"] is None
    assert [each["text"] for each in page["items"][0]["replies"]["items"]] == ["0", "2", "4"]
    assert page["items"][0]["replies"]["next"] is None
    assert page["items"][0]["kids"] == 3


def test_places_of_deleted_ones_tell_nothing_of_the_blocked(tenant: Tenant) -> None:
    """S-07, I1: a place that is kept only for answers of somebody blocked is none for whoever blocks them."""
    author, blocked, viewer = joined(tenant, 3)
    post = write(author)
    place = comment(author, post, "First")
    inner = comment(author, post, "Second", place)
    last = comment(blocked, post, "Third", inner)
    mixed = comment(author, post, "Mixed")
    for caller in (blocked, author):
        comment(caller, post, "Below", mixed)
    for each in (place, inner, mixed):
        assert author.delete(f"{COMMENTS_HERE}/{each['id']}").status_code == 204
    assert len(walked(viewer, post)) == 6
    tie(tenant, viewer, blocked, block=True)
    assert [(each["state"], each["kids"]) for each in walked(viewer, post)] == [("deleted", 1), ("published", 0)]
    assert [status_of(viewer, each) for each in (place, inner, last, mixed)] == [404, 404, 404, 200]
    assert count_of(viewer, post) == 1
    tie(tenant, viewer, blocked, block=False)
    assert len(walked(viewer, post)) == 6


def test_blocked_authors_of_places(tenant: Tenant) -> None:
    """S-07, I2: what a blocked person has deleted is no place for the other, nor is what was answered to it."""
    author, blocked, viewer = joined(tenant, 3)
    post = write(author)
    said = comment(blocked, post)
    comment(author, post, "Answered", said)
    assert blocked.delete(f"{COMMENTS_HERE}/{said['id']}").status_code == 204
    tie(tenant, viewer, blocked, block=True)
    assert (walked(viewer, post), count_of(viewer, post)) == ([], 0)


def test_mentions_hide_from_those_cut_off(tenant: Tenant) -> None:
    """S-07, I2: a comment that names somebody is not for whoever blocks them, with all below it; also once edited."""
    author, named, viewer = joined(tenant, 3)
    handle = handle_of(named)
    post = write(author)
    naming = comment(author, post, f"Hello @{handle}")
    comment(author, post, "Answered", naming)
    later = comment(author, post, "Hello")
    comment(author, post, "Deeper", comment(author, post, "Answered", later))
    tie(tenant, viewer, named, block=True)
    assert (len(walked(viewer, post)), count_of(viewer, post)) == (3, 3)
    edited = author.patch(f"{COMMENTS_HERE}/{later['id']}", json={"text": f"Hello @{handle}"})
    assert edited.status_code == 200
    assert (walked(viewer, post), count_of(viewer, post)) == ([], 0)
    assert author.patch(f"{COMMENTS_HERE}/{later['id']}", json={"text": "Hello"}).status_code == 200
    assert len(walked(viewer, post)) == count_of(viewer, post)
    assert len(walked(author, post)) == count_of(author, post) == 5


def test_counts_leave_out_who_is_cut_off(tenant: Tenant) -> None:
    """S-25, I1, I23: reactions of a blocked person are not counted, nor are they among those who have reacted."""
    author, blocked, viewer = joined(tenant, 3)
    post = write(author)
    said = comment(author, post)
    for caller in (blocked, viewer):
        react(caller, said, "love")
        react(caller, post)
    tie(tenant, viewer, blocked, block=True)
    [shown] = below(viewer, post)
    assert (shown["counts"]["love"], shown["own_reaction"]) == (1, "love")
    for there in (f"{COMMENTS_HERE}/{said['id']}", f"{POSTS_HERE}/{post['id']}"):
        people = viewer.get(f"{there}/reactions").json()["items"]
        assert [each["person"]["id"] for each in people] == [viewer.account_id]
        assert len(author.get(f"{there}/reactions").json()["items"]) == 2
    assert viewer.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["like"] == 1


def test_suspended_people_leave_places(tenant: Tenant) -> None:
    """S-28: what a suspended person has said is for moderators; what others have answered stays where it is."""
    author, suspended, viewer = joined(tenant, 3)
    post = write(author)
    said = comment(suspended, post, "Rude")
    alone = comment(suspended, post, "Ruder")
    reply = comment(author, post, "Please", said)
    set_person(tenant, suspended, state="suspended")
    [place] = below(viewer, post)
    assert (place["id"], place["author"], place["text"], place["state"]) == (said["id"], None, "", "deleted")
    assert [each["id"] for each in answers(viewer, said)] == [reply["id"]]
    assert status_of(viewer, alone) == 404
    assert {each["text"] for each in below(tenant.owner, post)} == {"Rude", "Ruder"}
    set_person(tenant, suspended, state="active")
    assert {each["text"] for each in below(viewer, post)} == {"Rude", "Ruder"}


def test_audiences_hold_below_posts(tenant: Tenant) -> None:
    """S-24, I3: comments are for whom their post is for, their own author not excepted."""
    author, writer = joined(tenant, 2)
    post = write(author)
    said = comment(writer, post)
    assert status_of(tenant.visitor, said) == 200
    author.patch(f"{POSTS_HERE}/{post['id']}", json={"audience": "me"})
    assert [status_of(each, said) for each in (author, writer, tenant.owner, tenant.visitor)] == [200, 404, 404, 404]
    assert writer.delete(f"{COMMENTS_HERE}/{said['id']}").status_code == 204
    assert below(author, post) == []


def test_a_page_costs_the_same_however_long(tenant: Tenant) -> None:
    """S-82: comments with their first answers, and the top ones of many posts, cost so many reads, and no more."""
    author, other, viewer, cut = joined(tenant, 4)
    tie(tenant, viewer, cut, block=True)
    posts = [write(author) for _ in range(4)]
    said = [comment(each, post, str(turn)) for post in posts for turn, each in enumerate((author, other, cut))]
    for each in said:
        comment(other, {"id": each["post_id"]}, "Answered", each)
    ids = [UUID(each["id"]) for each in said]
    wanted = [UUID(post["id"]) for post in posts]

    async def show(view: DocumentView, number: int) -> None:
        assert len(await show_comments(view, ids[:number])) == number - number // 3
        assert len(await visible_comments(view, ids[:number])) == number - number // 3

    async def show_first(view: DocumentView, number: int) -> None:
        found = await first_comments(view, wanted[:number], 3)
        assert [len(each.items) for each in found.values()] == [2] * number

    few = reads_of(tenant, viewer, lambda view: show(view, 3))
    assert few == reads_of(tenant, viewer, lambda view: show(view, 12))
    few = reads_of(tenant, viewer, lambda view: show_first(view, 1))
    assert few == reads_of(tenant, viewer, lambda view: show_first(view, 4))
    assert 0 < len(few) <= MOST, few


def test_restricted_takes_what_missing_takes(tenant: Tenant) -> None:
    """S-24, I4: a comment that may not be seen is refused after the same reads as one that was never there."""
    author, viewer = joined(tenant, 2)
    said = comment(author, write(author, audience="me"))

    async def show(view: DocumentView, comment_id: str) -> None:
        assert await show_comments(view, [UUID(comment_id)]) == []

    restricted = reads_of(tenant, viewer, lambda view: show(view, said["id"]))
    missing = reads_of(tenant, viewer, lambda view: show(view, "01890a5d-ac96-774b-bcce-b302099a8057"))
    assert restricted == missing
