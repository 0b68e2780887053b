"""What a text says: its words, its hashtags, whom it names, and its HTML."""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from uuid import UUID

import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

MOST_WORDS = 300
LONGEST_WORD = 64

# Embeddings and overrides turn the order of what stands around them, and so can make a text say something else;
# marks and isolates, which languages need, cannot.
TURNING = re.compile("[\u202a-\u202e]")
CONTROLS = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufff9-\ufffb]")
# Nothing that is not seen may stand next to a handle: @ali<zero width space>ce is not @ali.
_UNSEEN = "\u00ad\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff"
MENTION = re.compile(rf"(?<![\w@/.{_UNSEEN}])@([A-Za-z0-9_]{{3,30}})(?![\w@{_UNSEEN}])", re.ASCII)
HASHTAG = re.compile(rf"(?<![\w#&/{_UNSEEN}])#(\w{{1,{LONGEST_WORD}}})(?![\w#{_UNSEEN}])")
LINK = re.compile(r"https?://[^\s<>\"'`]{3,2000}")
TRAILING = ".,:;!?)]}*_~'\""
WORD = re.compile(r"\w{2,}")
_SPECIAL = re.compile(f"{LINK.pattern}|{MENTION.pattern}|{HASHTAG.pattern}")

_MARKDOWN = MarkdownIt("commonmark", {"html": False, "breaks": True, "maxNesting": 12}).disable(
    ["html_block", "html_inline", "image", "heading", "lheading", "hr", "reference", "entity"]
)
_MARKDOWN.enable("strikethrough")
_TAGS = {"p", "br", "em", "strong", "s", "code", "pre", "blockquote", "ul", "ol", "li", "a", "span"}
_ATTRIBUTES = {"a": {"href"}, "span": {"class", "data-person", "data-tag"}, "ol": {"start"}}
_SCHEMES = {"http", "https", "mailto"}


def tidy(text: str) -> str:
    """The text in one composed form, with plain line ends, without blanks around it."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def is_blank(text: str) -> bool:
    """Whether there is nothing to be seen in a text."""
    return all(each.isspace() or unicodedata.category(each) in {"Cf", "Cc", "Mn", "Me"} for each in text)


@dataclass(frozen=True, slots=True)
class Parsed:
    """A text in Markdown, read once: its pieces, the handles it names in small letters, its hashtags, each once."""

    tokens: Sequence[Token]
    handles: Sequence[str]
    hashtags: Sequence[str]


def parsed(text: str) -> Parsed:
    """The text with what it names; what stands in code or in a link names nobody."""
    tokens = _MARKDOWN.parse(text)
    plain = [each.content for token in tokens for each in _outside_links(token.children or []) if each.type == "text"]
    found = [each for piece in plain for each in _SPECIAL.finditer(piece)]
    handles = [each[0][1:].lower() for each in found if each[0][0] == "@"]
    tags = [folded(each[0][1:]) for each in found if each[0][0] == "#"]
    hashtags = [tag for tag in tags if not tag.isdecimal()]
    return Parsed(tokens, list(dict.fromkeys(handles)), list(dict.fromkeys(hashtags)))


def _outside_links(tokens: Sequence[Token]) -> Iterable[Token]:
    links = 0
    for token in tokens:
        links += {"link_open": 1, "link_close": -1}.get(token.type, 0)
        if not links:
            yield token


def first_link(text: Parsed) -> str | None:
    """The first web address to which a text leads, written out or behind other words; none that stands in code."""
    for token in text.tokens:
        outside = {id(each) for each in _outside_links(token.children or []) if each.type == "text"}
        for each in token.children or []:
            found = None
            if each.type == "link_open":
                found = LINK.fullmatch(str(each.attrs.get("href", "")))
            elif id(each) in outside:
                found = next((one for one in _SPECIAL.finditer(each.content) if one[0].startswith("http")), None)
            if found is not None:
                page = found[0].partition("#")[0]
                return page.rstrip(TRAILING) if each.type == "text" and page == found[0] else page
    return None


def folded(tag: str) -> str:
    """A hashtag as it is looked for."""
    return unicodedata.normalize("NFKC", tag).casefold()[:LONGEST_WORD]


def words_in(text: str) -> list[str]:
    """The words by which a text is found."""
    plain = unicodedata.normalize("NFKC", text).casefold()
    return list(dict.fromkeys(word[:LONGEST_WORD] for word in WORD.findall(plain)))[:MOST_WORDS]


def links_in(text: str) -> frozenset[str]:
    """The addresses of pages that a text names."""
    return frozenset(each.rstrip(TRAILING) for each in LINK.findall(text))


def html_of(text: Parsed, mentions: Mapping[str, UUID]) -> str:
    """Clean HTML of a text; `mentions` are the people behind those of its handles that name somebody."""
    tokens = [
        each.copy(children=_marked_all(each.children, mentions) if each.children else None) for each in text.tokens
    ]
    markup = _MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {})
    return nh3.clean(
        markup, tags=_TAGS, attributes=_ATTRIBUTES, url_schemes=_SCHEMES, link_rel="nofollow noopener ugc"
    ).strip()


def _marked_all(tokens: Sequence[Token], mentions: Mapping[str, UUID]) -> list[Token]:
    outside = {id(each) for each in _outside_links(tokens) if each.type == "text"}
    return [
        Token("html_inline", "", 0, content=_marked(each.content, mentions)) if id(each) in outside else each
        for each in tokens
    ]


def _marked(text: str, mentions: Mapping[str, UUID]) -> str:
    parts: list[str] = []
    end = 0
    for found in _SPECIAL.finditer(text):
        parts.append(escape(text[end : found.start()]))
        whole = found[0]
        if whole[0] == "@":
            person = mentions.get(whole[1:].lower())
            shown = escape(whole)
            parts.append(shown if person is None else f'<span class="mention" data-person="{person}">{shown}</span>')
        elif whole[0] == "#":
            tag = folded(whole[1:])
            shown = escape(whole)
            parts.append(shown if tag.isdecimal() else f'<span class="hashtag" data-tag="{escape(tag)}">{shown}</span>')
        else:
            address = whole.rstrip(TRAILING)
            parts.append(f'<a href="{escape(address)}">{escape(address)}</a>{escape(whole[len(address) :])}')
        end = found.end()
    return "".join([*parts, escape(text[end:])])
