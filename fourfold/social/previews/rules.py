"""What a page says of itself in its head: read with patience for mistakes, and cleaned of all that is not text."""

import codecs
import html
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin

import nh3

from fourfold.social.texts.rules import CONTROLS, TURNING

LONGEST_TITLE, LONGEST_DESCRIPTION, LONGEST_SITE = 200, 400, 100
# Of a post for fewer people than these, the page it leads to is not told that there is one.
FETCHED_FOR = frozenset({"public", "followers"})
PAGE_TYPES = ("text/html", "application/xhtml+xml")
PICTURE_TYPES = ("image/webp", "image/jpeg", "image/png", "image/gif")

# All tags but those that matter go first: what stands in thousands of others would take long to be told apart.
_OTHER_TAGS = re.compile(r"<(?!/?(?:title|meta|script|style)\b|!--)[^<>]*>?", re.IGNORECASE)
# Half a million character references take seconds to be read; behind so many there is no head any more.
MOST_REFERENCES = 20_000
_KEPT = {"title": set[str](), "meta": {"property", "name", "content"}}
_NAMED_CHARSET = re.compile(rb"""<meta[^>]{0,200}charset\s*=\s*["']?\s*([A-Za-z0-9_:-]{2,40})""", re.IGNORECASE)
# Encodings of texts: others that the language knows are no encodings of pages, and some of them cost dearly.
_CHARSETS = frozenset(
    {
        "utf-8", "utf-16", "ascii", "iso8859-1", "iso8859-2", "iso8859-15", "cp1250", "cp1251", "cp1252", "koi8-r",
        "shift_jis", "euc_jp", "gb2312", "gbk", "gb18030", "big5", "euc_kr",
    }
)  # fmt: skip
# What cannot be mistaken for the brackets of a tag, and looks like them.
_BRACKETS = str.maketrans("<>", "\u2039\u203a")
_SAYS = {
    "title": ("og:title", "twitter:title", "title"),
    "description": ("og:description", "twitter:description", "description"),
    "site_name": ("og:site_name", "application-name"),
    "picture": ("og:image:secure_url", "og:image", "og:image:url", "twitter:image", "twitter:image:src"),
}
_WANTED = {each for names in _SAYS.values() for each in names}
LONGEST_SAID = 5_000


@dataclass(frozen=True, slots=True)
class Said:
    """What a page says of itself, as plain text; `picture` is an address, if it names one."""

    title: str
    description: str
    site_name: str
    picture: str | None


def digest_of(url: str) -> str:
    """What an address is found by."""
    return sha256(url.encode()).hexdigest()


def said_by(url: str, content: bytes, charset: str | None) -> Said | None:
    """What a page that was found at an address says of itself; None when it has no title."""
    text = "&".join(_decoded(content, charset).split("&", MOST_REFERENCES)[:MOST_REFERENCES])
    head = _Head()
    # The standard library's parser is slow on what is broken; behind a parser of browsers' kind nothing is.
    head.feed(nh3.clean(_OTHER_TAGS.sub(" ", text), tags=set(_KEPT), attributes=_KEPT))
    head.close()
    told = head.said
    title = cleaned(_first(told, "title"), LONGEST_TITLE)
    if not title:
        return None
    return Said(
        title,
        cleaned(_first(told, "description"), LONGEST_DESCRIPTION),
        cleaned(_first(told, "site_name"), LONGEST_SITE),
        _address(url, _first(told, "picture")),
    )


def cleaned(given: str, longest: int) -> str:
    """Text without markup, controls and turns, in one line that is not longer; nothing of it can be read as a tag."""
    plain = html.unescape(nh3.clean(given[:LONGEST_SAID], tags=set(), clean_content_tags={"script", "style"}))
    plain = CONTROLS.sub("", TURNING.sub("", unicodedata.normalize("NFC", plain)))
    line = " ".join(plain.translate(_BRACKETS).split())
    return line if len(line) <= longest else line[: longest - 1].rstrip() + "…"


def _first(told: Mapping[str, str], name: str) -> str:
    return next((told[each] for each in _SAYS[name] if told.get(each, "").strip()), "")


def _address(url: str, given: str) -> str | None:
    try:
        found = urldefrag(urljoin(url, given.strip())).url if given.strip() else ""
    except ValueError:
        return None
    return found if found.startswith(("http://", "https://")) else None


def _decoded(content: bytes, charset: str | None) -> str:
    named = _NAMED_CHARSET.search(content[:2048])
    for name in (charset, named[1].decode("ascii") if named else None):
        try:
            known = codecs.lookup(name or "").name
        except LookupError:
            continue
        if known in _CHARSETS:
            return content.decode(known, "replace")
    return content.decode("utf-8", "replace")


class _Head(HTMLParser):
    """Keeps what is wanted of a head, the first of each."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.said: dict[str, str] = {}
        self._in_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """A meta element says something; a title begins."""
        if tag == "meta":
            given = {name: value or "" for name, value in attrs}
            name = (given.get("property") or given.get("name") or "").strip().lower()
            if name in _WANTED - {"title"}:
                self.said.setdefault(name, given.get("content", "")[:LONGEST_SAID])
        self._in_title = tag == "title" and "title" not in self.said

    def handle_endtag(self, tag: str) -> None:
        """A title ends."""
        if tag == "title":
            self._in_title = False

    def handle_data(self, data: str) -> None:
        """What stands in the title."""
        if self._in_title:
            self.said["title"] = (self.said.get("title", "") + data)[:LONGEST_SAID]
