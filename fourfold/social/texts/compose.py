"""A text made ready to be kept: refused, or read once for its HTML, its words, and whom and what it names."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.social.limits.hold import hold_to
from fourfold.social.people.queries import people_by_handle
from fourfold.social.texts.rules import (
    CONTROLS,
    TURNING,
    first_link,
    html_of,
    is_blank,
    links_in,
    parsed,
    tidy,
    words_in,
)
from fourfold.social.visibility.rules import decide_person, may_by_setting
from fourfold.social.visibility.viewer import viewer_of

MOST_MENTIONS, MOST_HASHTAGS = 50, 30


class UnreadableText(Invalid):
    """422: nothing to be seen, or characters that change what others see."""

    code = "social.unreadable_text"
    title = "The text cannot be taken as it is"


class TooManyNamed(Invalid):
    """422: more people or hashtags than one text may name."""

    code = "social.too_many_named"
    title = "The text names too many people or hashtags"


@dataclass(frozen=True, slots=True)
class Composed:
    """A text as it is kept."""

    text: str
    html: str
    mentions: list[UUID]
    hashtags: list[str]
    words: list[str]
    link: str | None = None

    @property
    def fields(self) -> dict[str, Any]:
        """The same as fields of a document."""
        return {
            "text": self.text, "html": self.html, "mentions": self.mentions, "hashtags": self.hashtags,
            "words": self.words,
        }  # fmt: skip


async def compose(work: DocumentView, given: str, before: str = "") -> Composed:
    """The caller's text, ready to be kept; raises `UnreadableText`, `TooManyNamed` and `TooOften`.

    Whom and what it names counts towards the caller's limits, unless `before`, what it said until now, names it too.
    Handles of nobody, and of those who do not let the caller mention them, stay plain text: which of these it is,
    is not told.
    """
    text = tidy(given)
    if is_blank(text):
        raise UnreadableText(errors=[FieldError("text", "Write something that can be seen.")])
    if TURNING.search(text) or CONTROLS.search(text):
        raise UnreadableText(errors=[FieldError("text", "Leave out control characters and changes of direction.")])
    read = parsed(text)
    if len(read.handles) > MOST_MENTIONS or len(read.hashtags) > MOST_HASHTAGS:
        most = f"At most {MOST_MENTIONS} people and {MOST_HASHTAGS} hashtags fit into one text."
        raise TooManyNamed(errors=[FieldError("text", most)])
    mentions = await _mentioned(work, read.handles)
    await hold_to(work, "links", len(links_in(text) - links_in(before)))
    await hold_to(work, "mentions", len(set(mentions) - set(parsed(before).handles if before else ())))
    words = [*words_in(text), *read.hashtags]
    return Composed(
        text, html_of(read, mentions), list(mentions.values()), list(read.hashtags), words, first_link(read)
    )


async def _mentioned(work: DocumentView, handles: Sequence[str]) -> dict[str, UUID]:
    if not handles:
        return {}
    people = await people_by_handle(work, handles)
    viewer = await viewer_of(work, [each.id for each in people.values()])
    return {
        handle: people[handle].id
        for handle in handles
        if handle in people
        and decide_person(viewer, people[handle]).allow
        and may_by_setting(viewer, people[handle], "mention")
    }
