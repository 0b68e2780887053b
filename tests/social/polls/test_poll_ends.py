"""What becomes of polls by itself: news on open posts, ends, counting again, and forgetting those who leave."""

import json
from collections import Counter
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import UUID

from fourfold.ground.clock import ShiftedClock
from fourfold.ground.work import Desk, begin
from fourfold.social.polls.documents import POLL_VOTES
from fourfold.social.polls.jobs import Nothing, OnePoll, end_poll, recount_votes
from fourfold.social.posts.delete import erase_posts_of
from fourfold.social.posts.documents import POSTS
from tests.builders.at_work import at_work
from tests.builders.community import POSTS_HERE, joined, put, tie
from tests.builders.graph import answer_to, refusal_of
from tests.builders.notified import handled, lines
from tests.builders.polls import TEA, ask_poll, end_polls, poll_of, vote, votes
from tests.builders.sockets import listening
from tests.conftest import PASSWORD, Caller, Tenant
from tests.social.people.test_personal_data import exported

Eventually = Callable[..., Any]
Documents = Callable[..., list[dict[str, Any]]]
Sql = Callable[..., list[dict[str, Any]]]
CLOSED = "SELECT data FROM ground.event WHERE type = 'social.poll.closed' AND subject = $1"
NOTIFICATIONS = "/v1/social/notifications"


def ending(which: OnePoll) -> Callable[[Desk], Awaitable[object]]:
    """The worker's end of a poll."""
    return lambda desk: end_poll.act(desk, which)


def poll_lines(caller: Caller) -> list[tuple[str, int]]:
    return [each for each in lines(caller) if each[0] == "poll"]


def test_an_ended_poll_is_told_of_once(
    tenant: Tenant, clock: ShiftedClock, eventually: Eventually, admin_sql: Sql, documents_of: Documents
) -> None:
    """S-20, S-40: author and voters hear once that it has ended, however often the worker looks; others do not."""
    author, voter, other, gone = joined(tenant, 4)
    post = ask_poll(author)
    for each, choice in ((author, "Tea"), (voter, "Tea"), (gone, "Water")):
        assert vote(each, post, choice).status_code == 200
    tie(tenant, author, gone, block=True)
    [kept] = [each for each in documents_of(tenant, POSTS) if str(each["_id"]) == post["id"]]
    which = OnePoll(post_id=UUID(post["id"]), poll_id=kept["poll"]["id"])
    at_work(tenant, lambda desk: end_poll.act(desk, which))
    assert admin_sql(CLOSED, post["id"]) == []
    end_polls(clock, admin_sql)
    for _ in range(3):
        at_work(tenant, lambda desk: end_poll.act(desk, which))
    # The author is told as the author, and once more as one who has voted: that is one line all the same.
    eventually(lambda: handled(tenant, admin_sql, "notify_of_poll") == 4)
    told = Counter(json.loads(each["data"])["to"] if isinstance(each["data"], str) else each["data"]["to"]
                   for each in admin_sql(CLOSED, post["id"]))  # fmt: skip
    assert told == {author.account_id: 2, voter.account_id: 1, gone.account_id: 1}
    assert [poll_lines(each) for each in (author, voter, other, gone)] == [[("poll", 1)], [("poll", 1)], [], []]
    says = [caller.get(NOTIFICATIONS).json()["items"][0]["summary"] for caller in (author, voter)]
    assert says == ["Your poll has ended", "Customer's poll has ended"]
    assert author.patch(f"{NOTIFICATIONS}/preferences", json={"poll": {"in_app": False}}).status_code == 200
    assert poll_lines(author) == []
    assert voter.get(NOTIFICATIONS).json()["items"][0]["post_id"] == post["id"]
    assert author.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    eventually(lambda: poll_lines(voter) == [])


def test_a_deleted_poll_does_not_end(
    tenant: Tenant, clock: ShiftedClock, admin_sql: Sql, documents_of: Documents
) -> None:
    """S-20, S-40: nobody is told of the end of what is gone, or of what was asked instead."""
    voter = joined(tenant, 1)[0]
    post, other = ask_poll(tenant.owner), ask_poll(tenant.owner)
    assert vote(voter, post, "Tea").status_code == 200
    kept = {str(each["_id"]): each["poll"]["id"] for each in documents_of(tenant, POSTS) if each.get("poll")}
    assert tenant.owner.delete(f"{POSTS_HERE}/{post['id']}").status_code == 204
    fresh = {"poll": {**TEA, "minutes": 60}}
    assert tenant.owner.patch(f"{POSTS_HERE}/{other['id']}", json=fresh).status_code == 200
    end_polls(clock, admin_sql)
    for post_id, poll_id in kept.items():
        which = OnePoll(post_id=UUID(post_id), poll_id=poll_id)
        at_work(tenant, ending(which))
        assert admin_sql(CLOSED, post_id) == []
    assert not poll_of(tenant.owner, other)["ended"]


def test_votes_that_are_told_make_an_old_poll_a_new_one(tenant: Tenant) -> None:
    """S-20, S-44, I12, I23: a vote that changes something is told once; the last that is told is read."""
    author, one, other = joined(tenant, 3)
    post = ask_poll(author, multiple=True)
    channel = f"post:{post['id']}"
    with listening(author) as socket:
        socket.subscribe(channel)
        for each, choices in ((one, ["Tea"]), (other, ["Tea", "Water"]), (one, ["Coffee"]), (one, ["Coffee"])):
            assert vote(each, post, *choices).status_code == 200
        for _ in range(2):
            assert other.delete(f"{POSTS_HERE}/{post['id']}/vote").status_code == 204
        socket.until(lambda: len([each for each in socket.logged if each["channel"] == channel]) >= 4)
        socket.quiet()
        told = [each["data"] for each in socket.logged if each["channel"] == channel]
    assert [each["voters"] for each in told] == [1, 2, 2, 1]
    shown = poll_of(author, post)
    assert told[-1]["votes"] == {each["id"]: each["votes"] for each in shown["choices"]}
    assert (told[-1]["voters"], votes(shown)) == (shown["voters"], {"Tea": 0, "Coffee": 1, "Water": 0})


def test_votes_are_told_live_and_name_nobody(tenant: Tenant, clock: ShiftedClock, admin_sql: Sql) -> None:
    """S-20, S-44: those who have the post open hear how it stands, never who it was, and no hidden results."""
    author, voter = joined(tenant, 2)
    open_poll, hidden = ask_poll(author), ask_poll(author, hide_results=True)
    with listening(author) as socket:
        for post in (open_poll, hidden):
            socket.subscribe(f"post:{post['id']}")
            for choice in ("Tea", "Tea", "Coffee"):
                assert vote(voter, post, choice).status_code == 200
        assert voter.delete(f"{POSTS_HERE}/{open_poll['id']}/vote").status_code == 204
        told = socket.until(
            lambda: (found := [each for each in socket.logged if each["type"] == "poll.changed"])[4:] and found
        )
        end_polls(clock, admin_sql)
        ended = socket.until(
            lambda: (found := [each for each in socket.logged if each["data"].get("ended")])[1:] and found
        )
    assert voter.account_id not in json.dumps([*told, *ended])
    counts = [
        (each["data"]["voters"], sorted((each["data"]["votes"] or {}).values()))
        for each in told
        if each["data"]["post_id"] == open_poll["id"]
    ]
    assert counts == [(1, [0, 0, 1]), (1, [0, 0, 1]), (0, [0, 0, 0])]
    secret = [each["data"] for each in told if each["data"]["post_id"] == hidden["id"]]
    assert [(each["voters"], each["votes"]) for each in secret] == [(1, None), (1, None)]
    final = {each["data"]["post_id"]: each["data"]["votes"] for each in ended}
    assert sorted(final[hidden["id"]].values()) == [0, 0, 1]


def test_nothing_that_is_kept_for_others_says_who_chose_what(
    tenant: Tenant, eventually: Eventually, admin_sql: Sql
) -> None:
    """S-20: neither events nor the audit log tell a choice."""
    voter = joined(tenant, 1)[0]
    post = ask_poll(tenant.owner)
    assert vote(voter, post, "Tea").status_code == 200
    tables = "SELECT table_name FROM information_schema.columns WHERE table_schema = 'core' AND column_name = 'action'"
    names = [each["table_name"] for each in admin_sql(tables)]
    assert names

    def entries() -> list[str]:
        found = [
            str(row)
            for name in names
            for row in admin_sql(f"SELECT * FROM core.{name} WHERE tenant_id = $1", tenant.id)
        ]
        return [each for each in found if "vote" in each]

    eventually(entries)
    choices = {each["id"] for each in post["poll"]["choices"]}
    assert not [each for each in entries() for choice in choices if choice in each]
    events = [str(each) for each in admin_sql("SELECT * FROM ground.event WHERE tenant_id = $1", tenant.id)]
    assert not [each for each in events for choice in choices if choice in each]


def test_votes_are_counted_again(tenant: Tenant, documents_of: Documents) -> None:
    """S-20, I23: what is counted wrong, by whatever accident, is put right by the votes."""
    one, other = joined(tenant, 2)
    post, right = ask_poll(tenant.owner, multiple=True), ask_poll(tenant.owner)
    assert vote(one, post, "Tea", "Water").status_code == 200
    assert vote(other, post, "Tea").status_code == 200
    assert vote(other, right, "Tea").status_code == 200
    tea = post["poll"]["choices"][0]["id"]
    put(tenant, POSTS, {"_id": UUID(post["id"])}, {f"poll.votes.{tea}": 7, "poll.voters": 0})
    done = at_work(tenant, lambda desk: recount_votes.act(desk, Nothing()))
    assert (done.polls, done.corrected) == (2, 1)
    shown = poll_of(tenant.owner, post)
    assert (votes(shown), shown["voters"]) == ({"Tea": 2, "Coffee": 0, "Water": 1}, 2)
    assert at_work(tenant, lambda desk: recount_votes.act(desk, Nothing())).corrected == 0
    assert len(documents_of(tenant, POLL_VOTES)) == 3


def test_votes_of_people_who_leave(tenant: Tenant, eventually: Eventually, documents_of: Documents) -> None:
    """S-20, I10, B-52: people get their votes to keep; when they are erased, so are these, also in the counts."""
    leaving, staying = joined(tenant, 2)
    post = ask_poll(tenant.owner)
    for each in (leaving, staying):
        assert vote(each, post, "Tea").status_code == 200
    [told] = exported(leaving, eventually)["social.polls"]
    assert (told["post_id"], told["choice_ids"]) == (post["id"], [post["poll"]["choices"][0]["id"]])
    assert leaving.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code in {200, 202}
    ended = f"/v1/core/accounts/{leaving.account_id}/erasure"
    eventually(lambda: tenant.owner.post(ended).json()["status"] == "done")
    eventually(lambda: poll_of(tenant.owner, post)["voters"] == 1)
    assert votes(poll_of(staying, post))["Tea"] == 1
    [left] = documents_of(tenant, POLL_VOTES)
    assert str(left["by"]) == staying.account_id


def test_the_poll_of_an_author_who_leaves(tenant: Tenant, eventually: Eventually, documents_of: Documents) -> None:
    """S-20, I10: what somebody has asked goes with them, and all votes on it."""
    author, voter = joined(tenant, 2)
    post = ask_poll(author)
    assert vote(voter, post, "Tea").status_code == 200

    async def forget(desk: Desk) -> None:
        async with begin(desk.house, desk.who) as work:
            await erase_posts_of(work, UUID(author.account_id))

    at_work(tenant, forget)
    assert "Coffee" not in str(documents_of(tenant, POSTS))
    eventually(lambda: documents_of(tenant, POLL_VOTES) == [])


def test_polls_in_the_graph(tenant: Tenant) -> None:
    """S-20, S-82: the graph asks, shows and takes votes as REST does."""
    shape = "poll { multiple hideResults endsAt ended voters ownChoiceIds choices { id text votes } }"
    asking = f"mutation($input: NewPost!) {{ createPost(input: $input) {{ id {shape} }} }}"
    poll = {"choices": ["Tea", "Coffee"], "minutes": 5, "hideResults": True}
    post = answer_to(tenant.owner, asking, input={"text": "What?", "poll": poll})["createPost"]
    assert [each["votes"] for each in post["poll"]["choices"]] == [None, None]
    tea, coffee = (each["id"] for each in post["poll"]["choices"])
    voting = "mutation($id: UUID!, $ids: [UUID!]!) { vote(id: $id, choiceIds: $ids) { voters choices { votes } } }"
    cast = answer_to(tenant.owner, voting, id=post["id"], ids=[tea])["vote"]
    assert cast == {"voters": 1, "choices": [{"votes": 1}, {"votes": 0}]}
    assert refusal_of(tenant.owner, voting, id=post["id"], ids=[tea, coffee])[1] == "social.not_a_choice"
    editing = "mutation($id: UUID!, $input: PostChanges!) { editPost(id: $id, input: $input) { id } }"
    assert refusal_of(tenant.owner, editing, id=post["id"], input={"withoutPoll": True})[1] == "social.poll_has_votes"
    reading = f"query($id: UUID!) {{ post(id: $id) {{ {shape} preview {{ url title picture {{ url }} }} }} }}"
    shown = answer_to(tenant.owner, reading, id=post["id"])["post"]
    assert (shown["poll"]["ownChoiceIds"], shown["preview"]) == ([tea], None)
    back = "mutation($id: UUID!) { takeVoteBack(id: $id) }"
    assert answer_to(tenant.owner, back, id=post["id"]) == {"takeVoteBack": True}
    assert poll_of(tenant.owner, post)["voters"] == 0
