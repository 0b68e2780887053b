"""What is done with comments in the background: counting again each night, erasing those of people who leave."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias
from uuid import UUID

from pydantic import BaseModel

from fourfold.ground.again import until_done
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.durable import job
from fourfold.ground.logs import log
from fourfold.ground.work import Desk
from fourfold.social.comments.count import correct_comment
from fourfold.social.comments.delete import remove_place, take_away
from fourfold.social.comments.queries import (
    answers_counted,
    comments_after,
    comments_by_author,
    comments_counted,
)
from fourfold.social.comments.write import KINDS
from fourfold.social.posts.publish import correct_post
from fourfold.social.posts.queries import posts_after
from fourfold.social.reactions.queries import reactions_counted

# So many are counted in one transaction, and so few erased: others who are at the same do not wait for long.
COUNTED, ERASED = 200, 20

_log = log("fourfold.social.counts")


class Nothing(BaseModel):
    """All posts and comments of the tenant."""


class OneAuthor(BaseModel):
    """Whose comments."""

    author: UUID


class Recounted(BaseModel):
    """How many were counted again, and how many of these were wrong."""

    posts: int = 0
    comments: int = 0
    corrected: int = 0


@dataclass(frozen=True, slots=True)
class _Some:
    """A part of what is counted again: how many there were, how many were wrong, and the last of them."""

    number: int
    wrong: int
    last: UUID | None


Recount: TypeAlias = Callable[[DocumentWork, UUID | None], Awaitable[_Some]]


@job("social.comments.recount", steps=True, behind=True)
async def recount(desk: Desk, _: Nothing) -> Recounted:
    """Counts reactions, comments and answers again, and corrects what is not as it should be."""
    posts, comments = await _all(desk, recount_posts), await _all(desk, recount_comments)
    return Recounted(posts=posts.number, comments=comments.number, corrected=posts.wrong + comments.wrong)


@job("social.comments.erase", steps=True)
async def erase_comments(desk: Desk, whose: OneAuthor) -> None:
    """Takes all comments of a person away, a few at a time; where others have answered, a place stays."""
    while await until_done(partial(_erase_some, desk, whose.author)):
        pass


async def _erase_some(desk: Desk, author: UUID) -> int:
    async with desk.document_work() as work:
        rows = await comments_by_author(work, author, ERASED)
        for row in rows:
            await take_away(work, row)
        return len(rows)


async def _all(desk: Desk, some: Recount) -> _Some:
    number, wrong, last = 0, 0, None
    while True:
        done = await until_done(partial(_in_one_go, desk, some, last))
        number, wrong = number + done.number, wrong + done.wrong
        if done.number < COUNTED:
            return _Some(number, wrong, done.last)
        last = done.last


async def _in_one_go(desk: Desk, some: Recount, after: UUID | None) -> _Some:
    # What is counted and what it is compared with are of one moment; whoever changes it meanwhile is not overwritten.
    async with desk.document_work() as work:
        return await some(work, after)


async def recount_posts(work: DocumentWork, after: UUID | None) -> _Some:
    """The next posts behind one: reactions of each kind, and comments."""
    rows = await posts_after(work, after, COUNTED)
    ids = [row["_id"] for row in rows]
    reactions, comments = await reactions_counted(work, ids), await comments_counted(work, ids)
    wrong = 0
    for row in rows:
        found: Mapping[str, int] = reactions.get(row["_id"], {})
        right = {**{kind: found.get(kind, 0) for kind in KINDS}, "comments": comments[row["_id"]]}
        was = {name: row["counts"].get(name) for name in right}
        if was != right:
            wrong += 1
            _log.warning("counts have drifted", post=str(row["_id"]), was=was, now=right)
            await correct_post(work, row["_id"], right)
    return _Some(len(rows), wrong, ids[-1] if ids else None)


async def recount_comments(work: DocumentWork, after: UUID | None) -> _Some:
    """The next comments behind one: reactions of each kind, answers, and what both add up to."""
    rows = await comments_after(work, after, COUNTED)
    reactions = await reactions_counted(work, [row["_id"] for row in rows])
    answers = await answers_counted(work, rows)
    wrong = 0
    for row in rows:
        right = _right(row, reactions.get(row["_id"], {}), answers[row["_id"]])
        was = {name: row[name] for name in right}
        if was != right:
            wrong += 1
            _log.warning("counts have drifted", comment=str(row["_id"]), was=was, now=right)
            await correct_comment(work, row["post"], row["_id"], right)
            if row["state"] == "deleted" and not right["kids"]:
                await remove_place(work, row)
    return _Some(len(rows), wrong, rows[-1]["_id"] if rows else None)


def _right(row: Mapping[str, Any], reactions: Mapping[str, int], kids: int) -> dict[str, Any]:
    is_there = row["state"] != "deleted"
    counts = {kind: reactions.get(kind, 0) if is_there else 0 for kind in KINDS}
    return {"kids": kids, "counts": counts, "score": kids + sum(counts.values())}
