"""Ways in to people: oneself, others' profiles, finding somebody."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Literal

from fastapi import Path, Query, Request, Response
from fastapi.responses import RedirectResponse

from fourfold.ground.answers import must_match, problems, tag_with
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Limit, Page
from fourfold.social.people.edit import ChangeHandle, EditMe, change_handle, edit_me
from fourfold.social.people.search import search_people
from fourfold.social.people.shapes import OwnProfileShape, ProfileShape
from fourfold.social.people.show import picture_of, show_me, show_profile
from fourfold.social.visibility.shapes import ShownPerson

router = room_router("/v1/social", "people")

Reading = Annotated[DocumentView, may("social:people:read", opens=DocumentView)]
Joining = Annotated[DocumentWork, may("social:people:read", opens=DocumentWork, keys="none")]
Editing = Annotated[DocumentWork, may("social:people:write", opens=DocumentWork)]
Looking = Annotated[DocumentView, public(opens=DocumentView)]
Handle = Annotated[str, Path(min_length=1, max_length=64, description="Their handle, or their id.")]
_ELSEWHERE: dict[str, Any] = {
    "status_code": 307,
    "responses": {307: {"description": "Where the file is served."}, **problems(404)},
}


@router.get("/me", summary="Show myself", responses=problems(401, 403))
async def show_me_here(work: Joining, response: Response) -> OwnProfileShape:
    """The caller as a person of the community; whoever asks becomes one."""
    return _tagged(response, await show_me(work))


@router.patch("/me", summary="Edit myself", responses=problems(401, 403, 404, 412))
async def edit_me_here(ask: EditMe, work: Editing, request: Request, response: Response) -> OwnProfileShape:
    """Changes the caller's profile, and who may do and see what; what is left out stays as it is."""
    await edit_me(work, ask, partial(_must_match, request))
    return _tagged(response, await show_me(work))


@router.put("/me/handle", summary="Change my handle", responses=problems(401, 403, 409))
async def change_handle_here(ask: ChangeHandle, work: Editing, response: Response) -> OwnProfileShape:
    """Calls the caller something else; for ninety days the former handle leads to them, and is nobody else's."""
    await change_handle(work, ask)
    return _tagged(response, await show_me(work))


@router.get("/people", summary="Find people", responses=problems(401, 403))
async def search_people_here(
    view: Reading,
    q: Annotated[str, Query(min_length=1, max_length=100, description="A handle, a name, or how they begin.")],
    limit: Limit = 20,
) -> Page[ShownPerson]:
    """People whose handle or name is like that, the closest first, on one page; a letter may be wrong."""
    return Page(items=await search_people(view, q, limit), next=None)


@router.get("/people/{handle}", summary="Show a person", responses=problems(404))
async def show_profile_here(handle: Handle, view: Looking, response: Response) -> ProfileShape:
    """A person's profile, as far as it is for the caller; a former handle shows them under their present one."""
    profile = await show_profile(view, handle)
    response.headers["Content-Location"] = f"/v1/social/people/{profile.handle}"
    return profile


@router.get("/people/{handle}/avatar", response_class=Response, summary="Show a person's avatar", **_ELSEWHERE)
async def show_avatar_here(handle: Handle, view: Looking) -> Response:
    """Leads to the file that is a person's picture."""
    return await _picture(view, handle, "avatar")


@router.get("/people/{handle}/cover", response_class=Response, summary="Show a person's cover", **_ELSEWHERE)
async def show_cover_here(handle: Handle, view: Looking) -> Response:
    """Leads to the file that is shown above a person's profile."""
    return await _picture(view, handle, "cover")


async def _picture(view: DocumentView, handle: str, kind: Literal["avatar", "cover"]) -> Response:
    return RedirectResponse(f"/v1/core/files/{await picture_of(view, handle, kind)}/content")


def _tagged(response: Response, person: OwnProfileShape) -> OwnProfileShape:
    response.headers["ETag"] = tag_with(f'"{person.version}"', person.model_dump_json().encode())
    return person


def _must_match(request: Request, person: Mapping[str, Any]) -> None:
    must_match(request, f'"{person.get("version", 1)}"')
