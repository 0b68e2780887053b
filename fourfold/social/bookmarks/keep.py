"""Keeping posts for later, and no longer; collections to keep them in."""

from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.social.bookmarks.documents import BOOKMARK_COLLECTIONS, BOOKMARKS
from fourfold.social.bookmarks.queries import MOST_COLLECTIONS, collection_with_id
from fourfold.social.bookmarks.shapes import BookmarkCollectionShape
from fourfold.social.people.ensure import ensure_person
from fourfold.social.visibility.people import NoSuchPerson, person_for
from fourfold.social.visibility.posts import post_for


class NoSuchCollection(NotFound):
    """404: there is no such collection, or it is not shared with the caller."""

    code = "social.no_such_collection"
    title = "There is no such collection"


class CollectionNamed(Conflict):
    """409: the caller has a collection of that name."""

    code = "social.collection_named"
    title = "You have a collection of that name"


class TooManyCollections(Conflict):
    """409: nobody finds anything in more collections than these."""

    code = "social.too_many_collections"
    title = f"At most {MOST_COLLECTIONS} collections"


class KeepPost(BaseModel):
    """Where a post is kept."""

    model_config = ConfigDict(extra="forbid")

    collection_id: UUID | None = Field(None, description="One of the caller's collections.", examples=[None])


class MakeCollection(BaseModel):
    """A collection to be."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field(min_length=1, max_length=100, examples=["Recipes"])
    shared: bool = Field(False, strict=True, description="Whether others may look into it.")  # noqa: FBT003 - a default


async def keep_post(work: DocumentWork, post_id: UUID, ask: KeepPost) -> None:
    """Bookmarks a post that the caller sees, or moves its bookmark to another collection."""
    await post_for(work, post_id)
    if ask.collection_id is not None:
        await own_collection(work, ask.collection_id)
    await work.documents(BOOKMARKS).update_one(
        {"by": work.who.account, "post": post_id},
        {"$set": {"collection": ask.collection_id}, "$setOnInsert": {"at": work.now}},
        upsert=True,
    )


async def keep_no_longer(work: DocumentWork, post_id: UUID) -> None:
    """Takes the caller's bookmark of a post away, even of one hidden by now; raises as `post_for` without one."""
    if not await work.documents(BOOKMARKS).delete_one({"by": work.who.account, "post": post_id}):
        await post_for(work, post_id)


async def make_collection(work: DocumentWork, ask: MakeCollection) -> BookmarkCollectionShape:
    """Makes a collection of the caller's; raises `CollectionNamed` and `TooManyCollections`."""
    person = await ensure_person(work)
    kept, name = work.documents(BOOKMARK_COLLECTIONS), ask.name.strip()
    if await kept.exists({"by": person.id, "name": name}):
        raise CollectionNamed
    if await kept.count({"by": person.id}, MOST_COLLECTIONS) >= MOST_COLLECTIONS:
        raise TooManyCollections
    fresh = {"_id": new_id(), "by": person.id, "name": name, "shared": ask.shared}
    await kept.insert(fresh)
    return BookmarkCollectionShape.of(fresh)


async def change_collection(work: DocumentWork, collection_id: UUID, ask: MakeCollection) -> BookmarkCollectionShape:
    """Gives the caller's collection another name, and shares it or no longer; raises `CollectionNamed`."""
    await own_collection(work, collection_id)
    kept, name = work.documents(BOOKMARK_COLLECTIONS), ask.name.strip()
    namesake = await kept.find_one({"by": work.who.account, "name": name}, fields=["name"])
    if namesake is not None and namesake["_id"] != collection_id:
        raise CollectionNamed
    await kept.update_one({"_id": collection_id}, {"$set": {"name": name, "shared": ask.shared}})
    return BookmarkCollectionShape(id=collection_id, by=work.who.account, name=name, shared=ask.shared)


async def remove_collection(work: DocumentWork, collection_id: UUID) -> None:
    """Takes the caller's collection away; what was in it stays bookmarked."""
    await own_collection(work, collection_id)
    await work.documents(BOOKMARK_COLLECTIONS).delete_one({"_id": collection_id})
    inside = {"by": work.who.account, "collection": collection_id}
    await work.documents(BOOKMARKS).update_many(inside, {"$set": {"collection": None}})


async def own_collection(view: DocumentView, collection_id: UUID) -> None:
    """Raises `NoSuchCollection` unless it is the caller's."""
    found = await collection_with_id(view, collection_id)
    if found is None or found["by"] != view.who.account:
        raise NoSuchCollection


async def collection_for(view: DocumentView, collection_id: UUID) -> BookmarkCollectionShape:
    """A collection of the caller's, or one that somebody whom they see shares; raises `NoSuchCollection`."""
    found = await collection_with_id(view, collection_id)
    owner = found["by"] if found else collection_id
    try:
        await person_for(view, str(owner))
    except NoSuchPerson:
        raise NoSuchCollection from None
    if found is None or not (found["shared"] or found["by"] == view.who.account_id):
        raise NoSuchCollection
    return BookmarkCollectionShape.of(found)
