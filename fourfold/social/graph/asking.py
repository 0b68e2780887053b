"""One operation as its resolvers know it: who asks, what they may, and reads that many fields have in common."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import NamedTuple, TypeAlias, TypeVar
from uuid import UUID

import strawberry
from starlette.responses import Response
from strawberry.dataloader import DataLoader

from fourfold.ground.again import until_done
from fourfold.ground.audit import Asked
from fourfold.ground.document_keys import TakenBefore, claim_documents, keep_document_answer, kept_document_answer
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.house import House
from fourfold.ground.idempotency import Claim
from fourfold.ground.pages import Page
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.social.people.shapes import ProfileShape
from fourfold.social.people.show import show_profiles
from fourfold.social.visibility.comments import first_comments, first_replies, show_comments
from fourfold.social.visibility.people import show_people
from fourfold.social.visibility.posts import show_posts
from fourfold.social.visibility.shapes import ShownComment, ShownPerson, ShownPost

Result = TypeVar("Result")
Identified = Callable[[], Awaitable[Who]]
DONE = 200


class Below(NamedTuple):
    """The first of what answers to something: so many."""

    id: UUID
    number: int


class BelowComment(NamedTuple):
    """The first answers to a comment below a post: so many."""

    id: UUID
    post: UUID
    number: int


class Loaders:
    """What fields of one operation read together, instead of one after the other: each kind costs the same for all."""

    def __init__(self, view: DocumentView) -> None:
        """Nothing is read yet."""
        self.posts: DataLoader[UUID, ShownPost | None] = DataLoader(partial(_posts, view))
        self.people: DataLoader[UUID, ShownPerson | None] = DataLoader(partial(_people, view))
        self.profiles: DataLoader[UUID, ProfileShape | None] = DataLoader(partial(_profiles, view))
        self.comments: DataLoader[UUID, ShownComment | None] = DataLoader(partial(_comments, view))
        self.below_posts: DataLoader[Below, Page[ShownComment]] = DataLoader(partial(_below_posts, view))
        self.below_comments: DataLoader[BelowComment, Page[ShownComment]] = DataLoader(partial(_below_comments, view))


@dataclass(slots=True)
class Asking:
    """Who asks, in one operation; `again` says who they are now, when it lasts; `claim` is their Idempotency-Key."""

    house: House
    who: Who
    again: Identified | None = None
    claim: Claim | None = None
    view: DocumentView = field(init=False)
    loaders: Loaders = field(init=False)

    def __post_init__(self) -> None:
        """Opens a look at the tenant's documents."""
        self.view = DocumentView(self.house, self.who)
        self.loaders = Loaders(self.view)

    def may(self, permission: str) -> DocumentView:
        """The look at documents, for whoever holds the permission; refuses as a door does."""
        self.who.must(permission)
        return self.view

    async def change(
        self, permission: str, action: str, act: Callable[[DocumentWork], Awaitable[Result]], target: str = ""
    ) -> Result:
        """Does something in a transaction of its own, again when it met another one; without `action` none is audited.

        Fields that are read after it know of it.
        """
        self.who.must(permission)

        async def once() -> Result:
            asked = Asked(f"social.graph.{action}", target, permission, status=DONE) if action else None
            async with Desk(self.house, self.who, asked=asked).document_work() as work:
                return await act(work)

        done = await until_done(once)
        self.loaders = Loaders(self.view)
        return done

    async def create(
        self,
        name: str,
        permission: str,
        action: str,
        make: Callable[[DocumentWork], Awaitable[UUID]],
        show: Callable[[DocumentView, UUID], Awaitable[Result]],
        *,
        target: str = "",
    ) -> Result:
        """Makes something and shows it; asked for again under the same Idempotency-Key, it is only shown.

        `name` tells the fields of one request apart, which share its key.
        """
        claim = None if self.claim is None else replace(self.claim, route=f"{self.claim.route} {name}")

        async def act(work: DocumentWork) -> Result:
            if claim is not None:
                await claim_documents(work, claim)
            made_id = await make(work)
            if claim is not None:
                await keep_document_answer(claim, work, Response(str(made_id), status_code=201))
            return await show(work, made_id)

        try:
            return await self.change(permission, action, act, target)
        except TakenBefore:
            if claim is None:
                raise
            kept = await kept_document_answer(self.house, self.who, claim)
            return await show(self.view, UUID(bytes(kept.body).decode()))


Info: TypeAlias = strawberry.Info[Asking, None]


async def _posts(view: DocumentView, ids: Sequence[UUID]) -> list[ShownPost | None]:
    shown = {each.id: each for each in await show_posts(view, ids)}
    return [shown.get(each) for each in ids]


async def _people(view: DocumentView, ids: Sequence[UUID]) -> list[ShownPerson | None]:
    shown = await show_people(view, ids)
    return [shown.get(each) for each in ids]


async def _profiles(view: DocumentView, ids: Sequence[UUID]) -> list[ProfileShape | None]:
    shown = await show_profiles(view, ids)
    return [shown.get(each) for each in ids]


async def _comments(view: DocumentView, ids: Sequence[UUID]) -> list[ShownComment | None]:
    shown = {each.id: each for each in await show_comments(view, ids)}
    return [shown.get(each) for each in ids]


async def _below_posts(view: DocumentView, asked: Sequence[Below]) -> list[Page[ShownComment]]:
    pages: dict[Below, Page[ShownComment]] = {}
    for number in sorted({each.number for each in asked}):
        found = await first_comments(view, [each.id for each in asked if each.number == number], number)
        pages |= {Below(post_id, number): page for post_id, page in found.items()}
    return [pages.get(each) or _nothing() for each in asked]


async def _below_comments(view: DocumentView, asked: Sequence[BelowComment]) -> list[Page[ShownComment]]:
    pages: dict[Below, Page[ShownComment]] = {}
    for number in sorted({each.number for each in asked}):
        found = await first_replies(view, {each.id: each.post for each in asked if each.number == number}, number)
        pages |= {Below(comment_id, number): page for comment_id, page in found.items()}
    return [pages.get(Below(each.id, each.number)) or _nothing() for each in asked]


def _nothing() -> Page[ShownComment]:
    return Page(items=[], next=None)
