"""Ways in to templates."""

from typing import Annotated

from fastapi import Path
from pydantic import AfterValidator

from fourfold.core.templates import queries
from fourfold.core.templates.save import NoSuchTemplate, SaveTemplate, remove_template, save_template
from fourfold.core.templates.shapes import MailKindShape, TemplateShape
from fourfold.core.templates.shipped import canonical, shipped_languages
from fourfold.ground.answers import problems
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Page
from fourfold.ground.work import View, Work

router = room_router("/v1/core", "templates")

Reading = Annotated[View, may("core:templates:read", opens=View)]
Writing = Annotated[Work, may("core:templates:write")]
Name = Annotated[str, Path(max_length=100, pattern=r"^[a-z_.]+$", examples=["core.accounts.verify_email"])]
Language = Annotated[
    str,
    Path(max_length=20, pattern=r"^[a-zA-Z]{2,3}(-[a-zA-Z0-9]{2,8}){0,2}$", examples=["de"]),
    AfterValidator(canonical),
]


@router.get("/notice-templates", summary="List the mails", responses=problems(401, 403))
async def templates_here(view: Reading) -> Page[MailKindShape]:
    """Every mail that is sent, with what its template can show, and the languages of the tenant's own templates."""
    own: dict[str, list[str]] = {}
    for row in await queries.own_templates(view.db):
        own.setdefault(row["name"], []).append(row["language"])
    return Page(
        items=[MailKindShape.of(path, own.get(path.replace("/", "."), [])) for path in shipped_languages()], next=None
    )


@router.get(
    "/notice-templates/{template_name}/{language}", summary="Read a template", responses=problems(401, 403, 404)
)
async def template_here(template_name: Name, language: Language, view: Reading) -> TemplateShape:
    """The tenant's own template in one language."""
    row = await queries.own_template(view.db, template_name, language)
    if row is None:
        raise NoSuchTemplate
    return TemplateShape.of(row)


@router.put(
    "/notice-templates/{template_name}/{language}", summary="Write a template", responses=problems(401, 403, 404)
)
async def save_template_here(
    template_name: Name, language: Language, ask: SaveTemplate, work: Writing
) -> TemplateShape:
    """Has the mail say this from now on, to whoever reads this language; the version is counted up."""
    return TemplateShape.of(await save_template(work, template_name, language, ask))


@router.delete(
    "/notice-templates/{template_name}/{language}",
    status_code=204,
    summary="Remove a template",
    responses=problems(401, 403, 404),
)
async def remove_template_here(template_name: Name, language: Language, work: Writing) -> None:
    """Goes back to what comes with Fourfold."""
    await remove_template(work, template_name, language)
