"""People change what is told of them, who may do and see what, and what they are called."""

from collections.abc import Callable, Mapping, Sequence
from datetime import timedelta
from typing import Annotated, Any, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field, field_validator

from fourfold.contracts.core import Files
from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.filters import gt
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.ensure import active_person
from fourfold.social.people.rules import is_handle, tokens_of
from fourfold.social.texts.rules import CONTROLS, TURNING, is_blank, tidy

MOST_LINKS, LONGEST_BIO, LONGEST_NAME = 5, 2000, 100
# A handle that was given up leads to its person for so long, and is nobody else's meanwhile.
REDIRECTED_FOR = timedelta(days=90)
MOST_REDIRECTS = 5

Seen = Literal["public", "followers", "friends", "me"]
Link = Annotated[str, Field(max_length=300, pattern=r"^https?://[^\s<>\"']{3,290}$")]


class HandleTaken(Conflict):
    """409: somebody is called that, or was until lately."""

    code = "social.handle_taken"
    title = "This handle is taken"


class TooManyHandles(Conflict):
    """409: handles are not for collecting."""

    code = "social.too_many_handles"
    title = f"At most {MOST_REDIRECTS} former handles lead to you: wait until one of them no longer does"


class NoSuchPicture(NotFound):
    """404: there is no such picture, or it is not the caller's."""

    code = "social.no_such_picture"
    title = "There is no such picture"


class PersonSettings(BaseModel):
    """Who may do and see what; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    follow: Literal["everyone", "nobody"] | None = Field(None, description="Who may follow, or ask to.")
    message: Literal["everyone", "followers", "friends", "nobody"] | None = Field(None, description="Who may write.")
    mention: Literal["everyone", "followers", "friends", "nobody"] | None = Field(None, description="Who may mention.")
    find: Literal["everyone", "nobody"] | None = Field(None, description="Who finds them by search and suggestions.")
    find_by_email: Literal["everyone", "nobody"] | None = Field(
        None, description="Who finds them by the whole address of their account, once it is proven."
    )
    find_by_phone: Literal["everyone", "nobody"] | None = Field(
        None, description="Who finds them by the whole telephone number that they have proven."
    )
    connections: Literal["everyone", "followers", "friends", "me"] | None = Field(
        None, description="Who sees followers, followed and friends, and how many they are."
    )
    presence: Literal["everyone", "followers", "friends", "nobody"] | None = Field(
        None, description="Who sees whether they are there."
    )


class ShownFields(BaseModel):
    """Who sees which part of the profile; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    bio: Seen | None = None
    links: Seen | None = None
    location: Seen | None = None


class EditMe(BaseModel):
    """What changes; what is left out stays as it is."""

    model_config = ConfigDict(extra="forbid")

    name: str = Field("", min_length=1, max_length=LONGEST_NAME, examples=["Ada Lovelace"])
    bio: str = Field("", max_length=LONGEST_BIO, description="Plain text.", examples=["Poetical science."])
    links: list[Link] = Field([], max_length=MOST_LINKS, examples=[["https://example.com"]])
    location: str = Field("", max_length=100, examples=["London"])
    avatar_id: UUID | None = Field(None, description="A public file of the caller's.", examples=[None])
    cover_id: UUID | None = Field(None, description="A public file of the caller's.", examples=[None])
    visibility: Literal["public", "protected"] = Field(
        "public", description="`protected`: posts are for followers only, and following has to be allowed."
    )
    settings: PersonSettings = PersonSettings()
    fields: ShownFields = ShownFields()

    @field_validator("name", "bio", "location")
    @classmethod
    def _readable(cls, text: str) -> str:
        if TURNING.search(text) or CONTROLS.search(text):
            raise ValueError("leave out control characters and changes of direction")
        return tidy(text)

    @field_validator("name", "location")
    @classmethod
    def _on_one_line(cls, text: str) -> str:
        return " ".join(text.split())


class ChangeHandle(BaseModel):
    """What the caller is called from now on."""

    model_config = ConfigDict(extra="forbid")

    handle: str = Field(min_length=3, max_length=30, pattern="^[A-Za-z0-9_]+$", examples=["ada"])


async def edit_me(work: DocumentWork, ask: EditMe, must_match: Callable[[Mapping[str, Any]], None]) -> None:
    """Changes the caller's profile and settings; `must_match` refuses when it is not the version they have read."""
    person = await active_person(work)
    row = await work.documents(PEOPLE).find_one({"_id": person.id}) or {}
    must_match(row)
    given = ask.model_fields_set
    if "name" in given and is_blank(ask.name):
        raise Invalid(errors=[FieldError("name", "Write a name that can be seen.")])
    await _own_files(work, [each for each in (ask.avatar_id, ask.cover_id) if each is not None])
    fresh: dict[str, Any] = {
        kept: getattr(ask, name)
        for name, kept in (
            ("name", "name"), ("bio", "bio"), ("links", "links"), ("location", "location"),
            ("visibility", "visibility"), ("avatar_id", "avatar"), ("cover_id", "cover"),
        )
        if name in given
    }  # fmt: skip
    if "name" in fresh:
        fresh["words"] = tokens_of(person.handle, ask.name)
    for name, part in (("settings", ask.settings), ("fields", ask.fields)):
        fresh |= {f"{name}.{key}": value for key, value in part.model_dump(exclude_none=True).items()}
    if not fresh:
        return
    await work.documents(PEOPLE).update_one({"_id": person.id}, {"$set": fresh, "$inc": {"version": 1}})
    work.changed({"visibility": person.visibility}, {"visibility": fresh.get("visibility", person.visibility)})


async def _own_files(work: DocumentWork, files: Sequence[UUID]) -> None:
    who, wanted = work.who, frozenset(files)
    if wanted and await work.ask(Files).stored_by(who.tenant_id, who.account, list(wanted)) != wanted:
        raise NoSuchPicture


async def change_handle(work: DocumentWork, ask: ChangeHandle) -> None:
    """Calls the caller something else; the former handle leads to them for ninety days.

    Raises `HandleTaken` and `TooManyHandles`.
    """
    person = await active_person(work)
    handle = ask.handle.lower()
    if not is_handle(handle):
        raise Invalid(errors=[FieldError("handle", "This one is kept for the house; choose another one.")])
    if handle == person.handle:
        return
    await _claim(work, person.id, handle)
    claims = work.documents(CLAIMS)
    await claims.update_one({"handle": person.handle}, {"$set": {"until": work.now + REDIRECTED_FOR}})
    if await claims.count({"person": person.id, "until": gt(work.now)}) > MOST_REDIRECTS:
        raise TooManyHandles
    fresh = {"$set": {"handle": handle, "words": tokens_of(handle, person.name)}, "$inc": {"version": 1}}
    await work.documents(PEOPLE).update_one({"_id": person.id}, fresh)
    work.changed({"handle": person.handle}, {"handle": handle})


async def _claim(work: DocumentWork, person_id: UUID, handle: str) -> None:
    claims = work.documents(CLAIMS)
    claim = await claims.find_one({"handle": handle})
    if claim is None:
        try:
            await claims.insert({"handle": handle, "person": person_id, "until": None})
        except Duplicate as problem:
            raise TryAgain(f"{handle} is being claimed") from problem
    elif claim["person"] == person_id or (claim["until"] is not None and claim["until"] <= work.now):
        await claims.update_one({"handle": handle}, {"$set": {"person": person_id, "until": None}})
    else:
        raise HandleTaken
