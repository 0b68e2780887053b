"""What is counted equals what there is: after crashes it is counted again, and after somebody has left."""

import random
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

from fourfold.ground.personal import Person
from fourfold.ground.work import Desk, begin, look
from fourfold.social.comments.documents import COMMENTS
from fourfold.social.comments.forget import COMMENTS_OF_PERSON
from fourfold.social.comments.jobs import Nothing, recount
from fourfold.social.posts.documents import POSTS
from fourfold.social.reactions.documents import REACTIONS
from fourfold.social.reactions.forget import REACTIONS_OF_PERSON
from tests.builders.at_work import at_work
from tests.builders.community import COMMENTS_HERE, POSTS_HERE, comment, joined, put, react, write
from tests.builders.counted import KINDS, miscounted
from tests.conftest import Caller, Tenant

Documents = Callable[..., list[dict[str, Any]]]
Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]


def drift(tenant: Tenant, documents_of: Documents) -> list[Any]:
    """Whatever is counted otherwise than it is, looked up the slow way."""
    return miscounted(partial(documents_of, tenant))


def test_counts_equal_what_there_is(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-24, S-25, I23, I26: many at once write, answer, react, take back and delete; in the end all is right."""
    callers = joined(tenant, 4)
    post = write(tenant.owner)
    first, below = comment(tenant.owner, post), f"{POSTS_HERE}/{post['id']}/comments"

    def act(caller: Caller) -> None:
        chance, said = random.Random(caller.account_id), [first]
        for _ in range(14):
            target = chance.choice(said)
            there = f"{COMMENTS_HERE}/{target['id']}"
            what = chance.choice(["write", "answer", "react", "react", "post", "take", "delete"])
            if what == "write":
                said.append(comment(caller, post))
            elif what == "answer":
                answer = caller.post(below, json={"text": "x", "parent_id": target["id"]})
                said += [answer.json()] if answer.status_code == 201 else []
            elif what == "react":
                caller.put(f"{there}/reaction", json={"kind": chance.choice(KINDS)})
            elif what == "post":
                caller.put(f"{POSTS_HERE}/{post['id']}/reaction", json={"kind": chance.choice(KINDS)})
            elif what == "take":
                caller.delete(f"{there}/reaction")
            elif target is not first:
                caller.delete(there)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(act, callers))
    assert tenant.owner.delete(f"{COMMENTS_HERE}/{first['id']}").status_code == 204
    eventually(lambda: drift(tenant, documents_of) == [])


def put_off_tonight(tenant: Tenant, admin_sql: Sql, eventually: Eventually) -> None:
    """Has the worker not count this tenant's again tonight, which has begun when another test has moved the clock."""

    async def later(desk: Desk) -> None:
        period = int(desk.now.timestamp() // timedelta(days=1).total_seconds())
        async with desk.work() as work:
            work.later(recount, Nothing(), at=work.now + timedelta(days=2), once=f"{recount.name}:{period}")

    at_work(tenant, later)
    under_way = (
        "SELECT 1 FROM ground.job WHERE tenant_id = $1 AND name = $2 AND status IN ('queued', 'running')"
        " AND run_at < now() + interval '1 day'"
    )
    eventually(lambda: not admin_sql(under_way, tenant.id, recount.name))


def test_wrong_counts_are_corrected(
    tenant: Tenant, documents_of: Documents, admin_sql: Sql, eventually: Eventually
) -> None:
    """S-25, I23: each night all is counted again, and what has drifted is put right and said."""
    put_off_tonight(tenant, admin_sql, eventually)
    post = write(tenant.owner)
    said = comment(tenant.owner, post)
    comment(tenant.owner, post, parent=said)
    react(tenant.owner, said, "love")
    react(tenant.owner, post, "sad")
    put(tenant, POSTS, {"_id": UUID(post["id"])}, {"counts.sad": -3, "counts.like": 7, "counts.comments": 0})
    put(tenant, COMMENTS, {"_id": UUID(said["id"])}, {"kids": 9, "counts.love": 0, "score": 40})
    assert len(drift(tenant, documents_of)) > 3

    async def count_again(desk: Desk) -> Any:
        return await recount.act(desk, Nothing())

    told = [at_work(tenant, count_again).model_dump() for _ in range(2)]
    assert told == [{"posts": 1, "comments": 2, "corrected": 2}, {"posts": 1, "comments": 2, "corrected": 0}]
    assert drift(tenant, documents_of) == []
    assert tenant.owner.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["sad"] == 1


def test_a_person_is_forgotten(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-83, I10: what somebody has said and how they reacted is told to them, and goes; others' counts stay right."""
    leaver, stayer = joined(tenant, 2)
    post = write(stayer)
    said, alone = comment(leaver, post, "A secret"), comment(leaver, post, "Another secret")
    reply = comment(stayer, post, "Really?", said)
    comment(leaver, post, "My secret", reply)
    for target in (post, reply):
        react(leaver, target, "angry")
        react(stayer, target)
    person = Person(UUID(leaver.account_id), leaver.email)
    kept = (COMMENTS_OF_PERSON, REACTIONS_OF_PERSON)

    async def tell(desk: Desk) -> list[Any]:
        async with look(desk.house, desk.who) as view:
            return [(await each.export(view, person)).data for each in kept]

    async def forget(desk: Desk) -> list[int]:
        async with begin(desk.house, desk.who) as work:
            return [await each.erase(work, person) for each in kept]

    comments, reactions = at_work(tenant, tell)
    assert [each["text"] for each in comments] == ["A secret", "Another secret", "My secret"]
    assert [(each["to"], each["id"], each["kind"]) for each in reactions] == [
        ("post", post["id"], "angry"), ("comment", reply["id"], "angry"),
    ]  # fmt: skip
    assert at_work(tenant, forget) == [3, 2]
    assert "secret" not in str(documents_of(tenant, COMMENTS))
    eventually(lambda: len(documents_of(tenant, COMMENTS)) == 2 and len(documents_of(tenant, REACTIONS)) == 2)
    assert at_work(tenant, forget) == [0, 0]
    assert drift(tenant, documents_of) == []
    shown = stayer.get(f"{COMMENTS_HERE}/{said['id']}").json()
    assert (shown["author"], shown["text"], shown["kids"]) == (None, "", 1)
    assert stayer.get(f"{COMMENTS_HERE}/{alone['id']}").status_code == 404
    assert stayer.get(f"{POSTS_HERE}/{post['id']}").json()["counts"]["angry"] == 0


def test_reactions_go_with_their_comment(tenant: Tenant, documents_of: Documents, eventually: Eventually) -> None:
    """S-25, I10: of a deleted comment no reaction is left, whether or not its place stays."""
    post = write(tenant.owner)
    one, other = comment(tenant.owner, post), comment(tenant.owner, post)
    comment(tenant.owner, post, parent=other)
    for said in (one, other):
        react(tenant.owner, said)
        assert tenant.owner.delete(f"{COMMENTS_HERE}/{said['id']}").status_code == 204
    eventually(lambda: documents_of(tenant, REACTIONS) == [])
    assert drift(tenant, documents_of) == []
