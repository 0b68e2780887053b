"""Ways in to mutes: words and hashtags that the caller does not want to meet, and threads."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any
from uuid import UUID

from fastapi import Request, Response

from fourfold.ground.answers import must_match, problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.mutes.shapes import MutedThreadShape, MutedWordShape
from fourfold.social.mutes.threads import mute_thread, threads_page, unmute_thread
from fourfold.social.mutes.words import ChangeMutedWord, MuteWord, change_word, mute_word, unmute_word, words_page

router = room_router("/v1/social", "mutes")

Reading = Annotated[DocumentView, may("social:ties:read", opens=DocumentView)]
Muting = Annotated[DocumentWork, may("social:ties:write", opens=DocumentWork)]


@router.post("/muted-words", status_code=201, summary="Mute a word", responses=problems(401, 403, 409))
async def mute_word_here(ask: MuteWord, work: Muting, response: Response) -> MutedWordShape:
    """Keeps a word, words in a row, or a hashtag from the caller; whoever says it is not told.

    Whole words count, capitals and accents do not. What they open by itself they see all the same.
    """
    return _tagged(response, await mute_word(work, ask))


@router.get("/muted-words", summary="List muted words", responses=problems(401, 403))
async def list_muted_words_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[MutedWordShape]:
    """The words that the caller has muted, the latest first; those that have ended are not listed."""
    return await words_page(view, cursor, limit)


@router.patch(
    "/muted-words/{muted_word_id}", summary="Change a muted word", responses=problems(401, 403, 404, 409, 412)
)
async def change_muted_word_here(
    muted_word_id: UUID, ask: ChangeMutedWord, work: Muting, request: Request, response: Response
) -> MutedWordShape:
    """Changes what it is, where it is not to be met, and until when; what is left out stays as it is."""
    return _tagged(response, await change_word(work, muted_word_id, ask, partial(_must_match, request)))


@router.delete(
    "/muted-words/{muted_word_id}", status_code=204, summary="Unmute a word", responses=problems(401, 403, 404)
)
async def unmute_word_here(muted_word_id: UUID, work: Muting) -> None:
    """Has the caller meet it again, also what was written meanwhile."""
    await unmute_word(work, muted_word_id)


@router.put("/posts/{post_id}/mute", status_code=204, summary="Mute a thread", responses=problems(401, 403, 404, 409))
async def mute_thread_here(post_id: UUID, work: Muting) -> None:
    """Keeps a post, what passes it on, and what is said below it out of the caller's feed and notifications.

    Again it does nothing more; nobody is told. Of a repost its original is meant.
    """
    await mute_thread(work, post_id)


@router.delete("/posts/{post_id}/mute", status_code=204, summary="Unmute a thread", responses=problems(401, 403, 404))
async def unmute_thread_here(post_id: UUID, work: Muting) -> None:
    """Has the caller hear of it again; when they have not muted it, nothing happens."""
    await unmute_thread(work, post_id)


@router.get("/muted-threads", summary="List muted threads", responses=problems(401, 403))
async def list_muted_threads_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[MutedThreadShape]:
    """The threads that the caller has muted, the latest first."""
    return await threads_page(view, cursor, limit)


def _tagged(response: Response, word: MutedWordShape) -> MutedWordShape:
    response.headers["ETag"] = f'"{word.version}"'
    return word


def _must_match(request: Request, word: Mapping[str, Any]) -> None:
    must_match(request, f'"{word["version"]}"')
