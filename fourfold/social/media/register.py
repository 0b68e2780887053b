"""A file of somebody's becomes a picture or a video for posts of theirs, and belongs to posts."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import FileFacts, Files
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import one_of, size_is
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.jobs import OneMedium, process_medium
from fourfold.social.media.make import folder_of
from fourfold.social.media.queries import media_by_id, medium_with_id
from fourfold.social.media.rules import kind_of, too_large
from fourfold.social.people.ensure import active_person

LONGEST_ALT = 1500
MOST_POSTS = 100


class NoSuchFile(NotFound):
    """404: a file that is to belong to a post is not there, or not the caller's."""

    code = "social.no_such_file"
    title = "There is no such file of yours"


class NotAMedium(Invalid):
    """422: by its content the file is neither a picture nor a video of a kind that is taken."""

    code = "social.not_a_medium"
    title = "Posts take JPEG, PNG, GIF and WebP pictures, and MP4, WebM, QuickTime and Matroska videos"


class MediumTooLarge(Invalid):
    """422: more bytes or pixels than a picture or a video of a post may have."""

    code = "social.medium_too_large"
    title = "The file is too large for a post"


class UsedTooOften(Conflict):
    """409: the file belongs to too many posts."""

    code = "social.medium_used_too_often"
    title = f"A picture or a video belongs to {MOST_POSTS} posts at most"


class NoSuchMedium(NotFound):
    """404: there is no such picture or video, or it is not the caller's to see."""

    code = "social.no_such_medium"
    title = "There is no such picture or video"


class RegisterMedium(BaseModel):
    """A stored file that is to be shown in posts."""

    model_config = ConfigDict(extra="forbid")

    file_id: UUID = Field(description="A file of the caller's.")
    alt: str = Field("", max_length=LONGEST_ALT, description="What is to be seen, for those who cannot see it.")


class DescribeMedium(BaseModel):
    """What is to be seen on a picture or a video."""

    model_config = ConfigDict(extra="forbid")

    alt: str = Field(max_length=LONGEST_ALT, description="For those who cannot see it.", examples=["A cat on a roof"])


async def register_medium(work: DocumentWork, ask: RegisterMedium) -> dict[str, Any]:
    """Has what is served made of the caller's file; what has failed is tried again. Raises as `take_into_post`."""
    await active_person(work)
    medium = (await _registered(work, [ask.file_id], "file_id"))[ask.file_id]
    if medium["state"] == "failed":
        medium = await _begin(work, medium["_id"], _anew(work, medium))
    if ask.alt and ask.alt != medium["alt"]:
        medium = await _describe(work, medium, ask.alt)
    return medium


async def describe_medium(work: DocumentWork, file_id: UUID, ask: DescribeMedium) -> dict[str, Any]:
    """Says what is to be seen on the caller's picture or video; raises `NoSuchMedium`."""
    await active_person(work)
    medium = await medium_with_id(work, file_id)
    if medium is None or medium["by"] != work.who.account:
        raise NoSuchMedium
    work.changed({"alt": medium["alt"]}, {"alt": ask.alt})
    return await _describe(work, medium, ask.alt)


async def _describe(work: DocumentWork, medium: dict[str, Any], alt: str) -> dict[str, Any]:
    await work.documents(MEDIA).update_one({"_id": medium["_id"]}, {"$set": {"alt": alt}})
    return {**medium, "alt": alt}


async def take_into_post(
    work: DocumentWork, post_id: UUID, file_ids: Sequence[UUID], before: Sequence[UUID] = ()
) -> list[UUID]:
    """Makes the caller's files those of a post, each once; those that it had `before` and has no longer leave it.

    Raises `NoSuchFile`, `NotAMedium`, `MediumTooLarge` and `UsedTooOften`.
    """
    wanted = list(dict.fromkeys(file_ids))
    media = await _registered(work, wanted, "media_ids")
    if any(len(each["posts"]) >= MOST_POSTS and post_id not in each["posts"] for each in media.values()):
        raise UsedTooOften
    kept = work.documents(MEDIA)
    if wanted:
        shown = {"$addToSet": {"posts": post_id}, "$unset": {"idle_at": True}}
        await kept.update_many({"_id": one_of(wanted)}, shown)
    left = [each for each in before if each not in media]
    if left:
        await kept.update_many({"_id": one_of(left)}, {"$pull": {"posts": post_id}})
        await kept.update_many({"_id": one_of(left), "posts": size_is(0)}, {"$set": {"idle_at": work.now}})
    return wanted


async def _registered(work: DocumentWork, file_ids: Sequence[UUID], field: str) -> dict[UUID, dict[str, Any]]:
    """The caller's files as pictures and videos; those that are not yet become some. `field` names them."""
    account = work.who.account
    media = await media_by_id(work, file_ids)
    if any(each["by"] != account for each in media.values()):
        raise NoSuchFile
    fresh = [each for each in file_ids if each not in media]
    if not fresh:
        return media
    stored = await work.ask(Files).facts_of(work.who.tenant_id, account, fresh)
    if any(each not in stored for each in fresh):
        raise NoSuchFile
    for each in fresh:
        media[each] = await _begin(work, each, _blank(work, stored[each], field))
    return media


def _blank(work: DocumentWork, file: FileFacts, field: str) -> dict[str, Any]:
    """A medium of which nothing is made yet; raises unless the file can be one."""
    kind = kind_of(file.content_type)
    if kind is None:
        raise NotAMedium(
            f"By its content the file is {file.content_type}.",
            errors=[FieldError(field, f"{NotAMedium.title}.", "not_a_medium")],
        )
    wrong = too_large(kind, file.size, (file.width or 0) * (file.height or 0))
    if wrong is not None:
        raise MediumTooLarge(wrong, errors=[FieldError(field, wrong, "too_large")])
    return {
        "by": work.who.account, "kind": kind, "alt": "", "posts": [], "width": file.width, "height": file.height,
        "seconds": None, "blurhash": None, "transcoded": False, "idle_at": work.now, "created_at": work.now,
    }  # fmt: skip


def _anew(work: DocumentWork, medium: dict[str, Any]) -> dict[str, Any]:
    kept = {name: value for name, value in medium.items() if name != "_id"}
    return kept if medium["posts"] else {**kept, "idle_at": work.now}


async def _begin(work: DocumentWork, file_id: UUID, blank: dict[str, Any]) -> dict[str, Any]:
    """Puts it in the place of what has failed or is going, if there is such a thing, and has it made."""
    folder = folder_of(file_id, new_id())
    fresh = {**blank, "state": "waiting", "progress": 0.0, "reason": None, "variants": {}, "folder": folder}
    try:
        medium = await work.documents(MEDIA).find_one_and_update({"_id": file_id}, {"$set": fresh}, upsert=True)
    except Duplicate as problem:
        raise TryAgain(f"{file_id} is being taken") from problem
    work.later(process_medium, OneMedium(file_id=file_id, folder=folder))
    return medium or {"_id": file_id, **fresh}
