"""Muting words and hashtags, changing that, and hearing of them again."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.moments import Moment
from fourfold.ground.pages import Page, cursor_for, position_of
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from fourfold.social.mutes.documents import LONGEST, MUTES
from fourfold.social.mutes.keep import make_room, tell_muted
from fourfold.social.mutes.queries import muted_page, muted_word
from fourfold.social.mutes.rules import PLACES, Place, compared, tag_in
from fourfold.social.mutes.shapes import MutedWordShape
from fourfold.social.people.ensure import ensure_person
from fourfold.social.texts.rules import CONTROLS, TURNING, tidy

LATEST = timedelta(days=3660)
Places = Annotated[list[Place], Field(min_length=1, max_length=len(PLACES))]


class NoSuchMutedWord(NotFound):
    """404: the caller has not muted such a word."""

    code = "social.no_such_muted_word"
    title = "You have muted no such word"


class MutedAlready(Conflict):
    """409: the caller has muted this word."""

    code = "social.muted_already"
    title = "You have muted this already"


class MuteWord(BaseModel):
    """What the caller does not want to meet, and where."""

    model_config = ConfigDict(extra="forbid")

    text: str = Field(
        min_length=1, max_length=LONGEST, description="A word, words in a row, or a hashtag with its sign.",
        examples=["spoiler alert"],
    )  # fmt: skip
    places: Places = Field(list(PLACES), description="Where it is not to be met; everywhere unless it is said.")
    until: Moment | None = Field(None, description="When that ends by itself.", examples=["2031-01-31T12:00:00Z"])


class ChangeMutedWord(BaseModel):
    """What is to be different; what is not named stays."""

    model_config = ConfigDict(extra="forbid")

    text: str | None = Field(None, min_length=1, max_length=LONGEST, examples=["spoiler"])
    places: Places | None = Field(None, description="Where it is not to be met from now on.")
    until: Moment | None = Field(None, description="When that ends; null for never.", examples=[None])


async def mute_word(work: DocumentWork, ask: MuteWord) -> MutedWordShape:
    """Keeps a word from the caller; raises `MutedAlready` and `TooManyMutes`."""
    person = await ensure_person(work)
    said, until = _read(ask.text), _ahead(work, ask.until)
    await _must_be_new(work, person.id, said["what"])
    await make_room(work, person.id, "word")
    row = {
        "_id": new_id(), "by": person.id, "kind": "word", **said, "places": _in_order(ask.places), "until": until,
        "at": work.now, "version": 1,
    }  # fmt: skip
    try:
        await work.documents(MUTES).insert(row)
    except Duplicate as problem:
        raise TryAgain("it is being muted") from problem
    await tell_muted(work)
    return MutedWordShape.of(row)


async def change_word(
    work: DocumentWork, word_id: UUID, ask: ChangeMutedWord, check: Callable[[Mapping[str, Any]], None]
) -> MutedWordShape:
    """Changes a word of the caller's; `check` is given it, and raises when it is not the version that was meant.

    Raises `NoSuchMutedWord` and `MutedAlready`.
    """
    row = await muted_word(work, work.who.account, word_id)
    if row is None:
        raise NoSuchMutedWord
    check(row)
    changes: dict[str, Any] = {}
    if ask.text is not None:
        changes |= _read(ask.text)
        if changes["what"] != row["what"]:
            await _must_be_new(work, row["by"], changes["what"])
    if ask.places is not None:
        changes["places"] = _in_order(ask.places)
    if "until" in ask.model_fields_set:
        changes["until"] = _ahead(work, ask.until)
    if not changes:
        return MutedWordShape.of(row)
    meant = {"_id": word_id, "by": row["by"], "version": row["version"]}
    try:
        changed = await work.documents(MUTES).find_one_and_update(meant, {"$set": changes, "$inc": {"version": 1}})
    except Duplicate as problem:
        raise TryAgain("it is being muted") from problem
    if changed is None:
        raise PreconditionFailed("It has been changed since you read it: read it again and repeat the change.")
    await tell_muted(work)
    return MutedWordShape.of(changed)


async def unmute_word(work: DocumentWork, word_id: UUID) -> None:
    """Has the caller meet a word again; raises `NoSuchMutedWord`."""
    if not await work.documents(MUTES).delete_one({"_id": word_id, "by": work.who.account, "kind": "word"}):
        raise NoSuchMutedWord
    await tell_muted(work)


async def words_page(view: DocumentView, cursor: str | None, limit: int) -> Page[MutedWordShape]:
    """The caller's words, the latest first."""
    purpose = f"social.muted_words:{view.who.account}"
    position = position_of(view, purpose, cursor)
    behind = UUID(position[0]) if position else None
    rows = await muted_page(view, view.who.account, "word", behind, limit + 1)
    more = cursor_for(view, purpose, [str(rows[limit - 1]["_id"])]) if len(rows) > limit else None
    return Page(items=[MutedWordShape.of(row) for row in rows[:limit]], next=more)


async def _must_be_new(work: DocumentWork, by: UUID, what: str) -> None:
    known = await work.documents(MUTES).find_one({"by": by, "kind": "word", "what": what})
    if known is None:
        return
    if known["until"] is None or known["until"] > work.now:
        raise MutedAlready
    # It has ended, and is only not cleared away yet.
    await work.documents(MUTES).delete_one({"_id": known["_id"], "by": by})


def _read(given: str) -> dict[str, Any]:
    """A text with the words that it is compared by; raises `Invalid` when there are none."""
    text = " ".join(tidy(given).split())
    if TURNING.search(text) or CONTROLS.search(text):
        raise Invalid(errors=[FieldError("text", "Leave out control characters and changes of direction.")])
    tag = tag_in(text)
    words = compared(text) if tag is None else tag
    if not words:
        raise Invalid(errors=[FieldError("text", "Write a word, with letters or digits.")])
    return {"text": text, "words": words, "is_tag": tag is not None, "what": f"#{words}" if tag else words}


def _ahead(work: DocumentWork, until: datetime | None) -> datetime | None:
    if until is not None and not work.now < until <= work.now + LATEST:
        raise Invalid(errors=[FieldError("until", "It is later than now, and within ten years.")])
    return until and until.replace(microsecond=until.microsecond // 1000 * 1000)


def _in_order(places: list[Place]) -> list[Place]:
    return [each for each in PLACES if each in places]
