"""Texts in Markdown: what becomes of them, whom and what they name, and that nothing in them can do harm."""

import re
import time
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.social.texts.rules import CONTROLS, TURNING, first_link, html_of, is_blank, parsed, tidy, words_in

ADA = UUID(int=3)
SPAN = f'<span class="mention" data-person="{ADA}">@ada</span>'


def html(text: str) -> str:
    return html_of(parsed(tidy(text)), {"ada": ADA})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Hello, *world*", "<p>Hello, <em>world</em></p>"),
        ("**bold** ~~gone~~ `code`", "<p><strong>bold</strong> <s>gone</s> <code>code</code></p>"),
        ("one\ntwo", "<p>one<br>\ntwo</p>"),
        ("# no heading", "<p># no heading</p>"),
        ("- a\n- b", "<ul>\n<li>a</li>\n<li>b</li>\n</ul>"),
        ("> said", "<blockquote>\n<p>said</p>\n</blockquote>"),
        ("```\n@ada <b>\n```", "<pre><code>@ada &lt;b&gt;\n</code></pre>"),
        ("<b>x</b>", "<p>&lt;b&gt;x&lt;/b&gt;</p>"),
        ("&lt;script&gt;", "<p>&amp;lt;script&amp;gt;</p>"),
        ("[x](javascript:alert(1))", "<p>[x](javascript:alert(1))</p>"),
        ("[x](data:text/html;base64,PHM+)", "<p>[x](data:text/html;base64,PHM+)</p>"),
        ("hi @ada.", f"<p>hi {SPAN}.</p>"),
        ("@nobody", "<p>@nobody</p>"),
        ("`@ada`", "<p><code>@ada</code></p>"),
        ("#Tag #12", '<p><span class="hashtag" data-tag="tag">#Tag</span> #12</p>'),
    ],
)
def test_markdown(text: str, expected: str) -> None:
    """S-20: the subset that is understood, and everything else as the words that it is."""
    assert html(text) == expected


@pytest.mark.parametrize(
    "text", ["see https://a.example/b?c=1&d=2.", "(https://a.example/b?c=1&d=2)", "<https://a.example/b?c=1&d=2>"]
)
def test_addresses_become_links(text: str) -> None:
    """S-20: an address is a link without the full stop after it, and gives its target no standing."""
    assert 'href="https://a.example/b?c=1&amp;d=2"' in html(text)
    assert 'rel="nofollow noopener ugc"' in html(text)


@pytest.mark.parametrize(
    ("text", "link"),
    [
        ("see https://a.example/b. And http://c.example", "https://a.example/b"),
        ("[here](https://a.example/b#part) http://c.example", "https://a.example/b"),
        ("<http://a.example/b>", "http://a.example/b"),
        ("(http://a.example/b#part)", "http://a.example/b"),
        ("`http://a.example` [@ada](mailto:ada@example.org) http://c.example", "http://c.example"),
        ("    http://a.example\n", None),
        ("No link, ftp://a.example, a.example", None),
    ],
)
def test_where_a_text_leads(text: str, link: str | None) -> None:
    """S-20: to the first address of the web that is not in code, without the place on the page."""
    assert first_link(parsed(text)) == link


@pytest.mark.parametrize(
    ("text", "handles"),
    [
        ("@Ada, (@bob_2) and @ada", ["ada", "bob_2"]),
        ("mail ada@example.org", []),
        ("@ab", []),
        ("@" + "a" * 31, []),
        ("@ali\u200bce", []),
        ("\u200b@alice", []),
        ("@al\u0456ce", []),
        ("@alice\u202e", []),
        ("https://x.example/@alice", []),
        ("`@alice` [@alice](https://x.example)", []),
    ],
)
def test_handles(text: str, handles: list[str]) -> None:
    """S-64: only whole handles name somebody: nothing unseen, nothing that only looks like one."""
    assert parsed(text).handles == handles


@pytest.mark.parametrize(
    ("text", "tags"),
    [
        ("#Stra\u00dfe #STRASSE", ["strasse"]),
        ("#1 #\uff11\uff12 #2go", ["2go"]),
        ("a#b #a#b", []),
        ("https://x.example/#part", []),
        ("#\u0645\u0631\u062d\u0628\u0627 #\u65e5\u672c", ["\u0645\u0631\u062d\u0628\u0627", "\u65e5\u672c"]),
    ],
)
def test_hashtags(text: str, tags: list[str]) -> None:
    """S-64: hashtags are folded, in any script; numbers and parts of addresses are none."""
    assert parsed(text).hashtags == tags


def test_words_and_blanks() -> None:
    """S-63: words are found in any case and width; what cannot be seen is no text."""
    assert words_in("Caf\u00e9 CAF\u00c9 \uff21\uff22 x") == ["caf\u00e9", "ab"]
    assert is_blank("\u200b \u2060\n")
    assert not is_blank("\U0001f44d")
    assert TURNING.search("a\u202eb")
    assert not TURNING.search("\u200f\u05d0")
    assert CONTROLS.search("a\x1b[31m")
    assert not CONTROLS.search("a\tb\n")


ALLOWED = re.compile(
    r"</?(p|em|strong|s|code|pre|blockquote|ul|ol|li|span)>|<br>|</a>|<ol start=\"\d+\">"
    r"|<a href=\"(https?|mailto):[^\"<>]*\"( title=\"[^\"<>]*\")? rel=\"nofollow noopener ugc\">"
    r"|<span class=\"(mention|hashtag)\" data-(person|tag)=\"[^\"<>]*\">"
)
PIECES = [
    "<",
    ">",
    '"',
    "'",
    "&",
    "[",
    "](",
    ")",
    "javascript:",
    "https://x.example/",
    "@ada",
    "#tag",
    "`",
    "\n",
    "<a ",
]
PIECES += ["onerror=", "<script>", "</p>", "![", "*", "_", "~~", "> ", "- ", "&#x3c;", "\u202e", "a", " "]


@given(st.lists(st.sampled_from(PIECES), max_size=30).map("".join) | st.text(max_size=200))
def test_nothing_else_gets_through(text: str) -> None:
    """S-20: whatever is written, nothing but the known elements with the known attributes comes out."""
    assert "<" not in ALLOWED.sub("", html(text))


@pytest.mark.parametrize(
    "piece", ["> ", "[", "*a ", "`", "**", "[a](", "- ", "@bob ", "<a ", "a\n", "\\", "_a", "~~a", "> a\n", "- a\n  "]
)
def test_no_text_takes_long(piece: str) -> None:
    """S-83: the longest text of the nastiest pieces is read well within a second."""
    # Other threads, such as the worker of the tests before, are not what is measured.
    began = time.thread_time()
    html((piece * 10_000)[:10_000])
    assert time.thread_time() - began < 2
