"""A tenant writes what its mails say, or goes back to what comes with Fourfold."""

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

from fourfold.core.templates import queries, tables
from fourfold.core.templates.sandbox import BadSyntax, check_template
from fourfold.core.templates.shipped import shipped_fields, shipped_languages
from fourfold.ground.refusals import FieldError, Invalid, NotFound
from fourfold.ground.work import Work


class SaveTemplate(BaseModel):
    """What a mail says: the subject is one line; both may show the fields that the list of templates names."""

    model_config = ConfigDict(extra="forbid")
    subject: str = Field(
        min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f\u0085\u2028\u2029]+$",
        examples=["Welcome to {{ tenant }}"],
    )  # fmt: skip
    text: str = Field(min_length=1, max_length=20_000, examples=["Hello {{ name }},\n\nplease follow {{ link }}"])


class NoSuchTemplate(NotFound):
    """404: there is no mail of this name, or none of the tenant's own in this language."""

    code = "core.no_such_template"


class BadTemplate(Invalid):
    """422: it shows what there is not, or does what templates may not; `errors` says what."""

    code = "core.bad_template"
    title = "The template cannot be used"


def path_of(template_name: str) -> str:
    """The path of a mail (`core/accounts/verify_email`) by its name (`core.accounts.verify_email`)."""
    path = template_name.replace(".", "/")
    if path not in shipped_languages():
        raise NoSuchTemplate
    return path


async def save_template(work: Work, template_name: str, language: str, ask: SaveTemplate) -> asyncpg.Record:
    """Keeps the template once it has been filled on trial; raises `NoSuchTemplate` and `BadTemplate`."""
    fields, errors = shipped_fields(path_of(template_name)), []
    for name, text in (("subject", ask.subject), ("text", ask.text)):
        try:
            check_template(text, fields)
        except BadSyntax as problem:
            errors.append(FieldError(name, str(problem)))
    if errors:
        raise BadTemplate(errors=errors)
    before = await queries.own_template(work.db, template_name, language)
    after = await tables.keep_template(
        work.db, work.who.tenant_id, template_name, language, ask.subject, ask.text, work.now
    )
    work.changed(dict(before) if before else {}, {"subject": after["subject"], "version": after["version"]})
    return after


async def remove_template(work: Work, template_name: str, language: str) -> None:
    """Goes back to the template that comes with Fourfold; raises `NoSuchTemplate`."""
    if not await tables.remove_template(work.db, template_name, language):
        raise NoSuchTemplate
