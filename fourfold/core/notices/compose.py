"""A mail's text and HTML, from a template in the reader's language and its data."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, tzinfo
from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template

from fourfold.core.templates.sandbox import FILLING, fill_own
from fourfold.core.templates.shipped import ENGLISH, shipped_text
from fourfold.ground.languages import written
from fourfold.ground.logs import log

ROOM = Path(__file__).parent
LINK = re.compile(r"https?://[^\s<>\"]+")
# Subject and text of the tenant's own templates by language.
Own = Mapping[str, tuple[str, str]]
IN_ENGLISH = (ENGLISH,)

_text = Environment(undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 - plain text; the HTML frame below escapes
_html = Environment(loader=FileSystemLoader(ROOM / "mails"), undefined=StrictUndefined, autoescape=True)
_log = log("fourfold.notices")


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail that is ready to be sent."""

    subject: str
    text: str
    html: str
    links: list[str]
    template: str
    language: str


@dataclass(frozen=True, slots=True)
class TextWords:
    """A text message that is ready to be sent."""

    text: str
    template: str
    language: str


def compose(
    template: str,
    data: Mapping[str, Any],
    languages: Sequence[str] = IN_ENGLISH,
    own: Own | None = None,
    zone: tzinfo = UTC,
) -> Composed:
    """Fills `<system>/<room>/<name>`, found as `<system>/<room>/mails/<name>.txt`; its first line is the subject.

    The first of the languages that there is a text in is taken, the tenant's `own` before the one that comes with
    Fourfold. Amounts and times (`Money`, `datetime`) are written as its language does. The HTML is the text in a frame,
    with its links made clickable.
    """
    first, text, language = _filled(template, data, languages, own or {}, zone)
    # A line break in a subject would start another header.
    subject = " ".join(first.split())
    text = text.strip() + "\n"
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    frame = _html.get_template("frame.html")
    html = frame.render(subject=subject, sender=data.get("sender", ""), paragraphs=paragraphs, language=language)
    return Composed(subject, text, html, LINK.findall(text), template, language)


def compose_text(template: str, data: Mapping[str, Any], languages: Sequence[str] = IN_ENGLISH) -> TextWords:
    """Fills `<system>/<room>/<name>`, found as `<system>/<room>/texts/<name>.txt`: one line, since each costs."""
    for language in (*languages, ENGLISH):
        source = shipped_text(template, language, "texts")
        if source is not None:
            return TextWords(" ".join(_compiled(source).render(data).split()), template, language)
    raise LookupError(template)


def _filled(
    template: str, given: Mapping[str, Any], languages: Sequence[str], own: Own, zone: tzinfo
) -> tuple[str, str, str]:
    for language in (*languages, ENGLISH):
        data = written(given, language, zone)
        if language in own:
            try:
                subject, text = (fill_own(each, data) for each in own[language])
            except FILLING as problem:
                # Better a mail in our words than none: it may be the one that lets somebody in.
                _log.warning(
                    "a template of the tenant does not fit", template=template, language=language, error=str(problem)
                )
            else:
                return subject, text, language
        source = shipped_text(template, language)
        if source is not None:
            subject, _, text = _compiled(source).render(data).partition("\n")
            return subject, text, language
    raise LookupError(template)


@lru_cache(maxsize=512)
def _compiled(source: str) -> Template:
    return _text.from_string(source)
