"""A mail's text and HTML, from a template file and its data."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined

PACKAGE = Path(__file__).parents[2]
LINK = re.compile(r"https?://[^\s<>\"]+")

_text = Environment(loader=FileSystemLoader(PACKAGE), undefined=StrictUndefined, autoescape=False, trim_blocks=True)  # noqa: S701 - plain text; the HTML frame below escapes
_html = Environment(loader=FileSystemLoader(PACKAGE), undefined=StrictUndefined, autoescape=True)


@dataclass(frozen=True, slots=True)
class Composed:
    """A mail that is ready to be sent."""

    subject: str
    text: str
    html: str
    links: list[str]


def compose(template: str, data: Mapping[str, Any]) -> Composed:
    """Fills `<system>/<room>/<name>`, found as `<system>/<room>/mails/<name>.txt`; its first line is the subject.

    The HTML is the text in a frame, with its links made clickable.
    """
    folder, _, name = template.rpartition("/")
    body = _text.get_template(f"{folder}/mails/{name}.txt").render(data)
    first, _, text = body.partition("\n")
    # A line break in a subject would start another header.
    subject = " ".join(first.split())
    text = text.strip() + "\n"
    paragraphs = [part for part in text.split("\n\n") if part.strip()]
    frame = _html.get_template("core/notices/mails/frame.html")
    html = frame.render(subject=subject, sender=data.get("sender", ""), paragraphs=paragraphs)
    return Composed(subject, text, html, LINK.findall(text))


def compose_text(template: str, data: Mapping[str, Any]) -> str:
    """Fills `<system>/<room>/<name>`, found as `<system>/<room>/texts/<name>.txt`: one line, since each costs."""
    folder, _, name = template.rpartition("/")
    return " ".join(_text.get_template(f"{folder}/texts/{name}.txt").render(data).split())
