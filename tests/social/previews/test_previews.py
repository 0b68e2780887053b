"""Link previews over HTTP: fetched after publishing, cleaned, shown with posts, and not where nobody wants one."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest

from fourfold.ground.clock import ShiftedClock
from fourfold.social.posts.documents import POSTS
from fourfold.social.previews.documents import PREVIEWS
from fourfold.social.previews.jobs import OneLink, Tidy, fetch_preview, tidy_previews
from tests.builders.at_work import at_work
from tests.builders.community import POSTS_HERE, joined, repost, write
from tests.builders.graph import answer_to
from tests.builders.media import SVG, picture
from tests.builders.pages import Served, Site, page, site
from tests.builders.sockets import listening
from tests.conftest import Caller, Tenant

Eventually = Callable[..., Any]
Sql = Callable[..., list[dict[str, Any]]]
Documents = Callable[..., list[dict[str, Any]]]
IMAGE = '<meta property="og:image" content="/cat.png">'


def shown(caller: Caller, post: dict[str, Any]) -> dict[str, Any] | None:
    """The preview of a post, as somebody sees it."""
    found: dict[str, Any] | None = caller.get(f"{POSTS_HERE}/{post['id']}").json()["preview"]
    return found


def looked(tenant: Tenant, post: dict[str, Any], url: str) -> None:
    """The worker has looked where a post leads: done at once, and once more by the worker itself."""
    at_work(tenant, lambda desk: fetch_preview.act(desk, OneLink(post_id=UUID(post["id"]), url=url)))


def with_picture(here: Site, **served: Any) -> str:
    here.serve("/cat.png", Served(**{"body": picture(size=(1200, 800)), "kind": "image/png", **served}))
    return here.serve("/news", page(more=IMAGE))


def test_a_page_is_shown_with_its_post(tenant: Tenant, eventually: Eventually) -> None:
    """S-20: what the page says of itself, and its picture, served here."""
    with site() as here:
        url = with_picture(here)
        author, reader = joined(tenant, 2)
        draft = write(author, f"Look: {url}#top, and http://localhost:1/other", draft=True)
        published = author.post(f"{POSTS_HERE}/{draft['id']}/publish").json()
        found = eventually(lambda: shown(tenant.visitor, published))
        there = f"{POSTS_HERE}/{published['id']}/preview/picture"
        assert found == {
            "url": url, "title": "News", "description": "What is new", "site_name": "The site",
            "picture": {"url": there, "width": 640, "height": 427},
        }  # fmt: skip
        served = reader.get(there)
        assert (served.status_code, served.headers["content-type"]) == (200, "image/webp")
        assert served.headers["x-content-type-options"] == "nosniff"
        assert reader.get(there, headers={"If-None-Match": served.headers["etag"]}).status_code == 304
        assert reader.get(there, headers={"Range": "bytes=0-3"}).content == b"RIFF"
        graph = "query($id: UUID!) { post(id: $id) { preview { url title siteName picture { width } } } }"
        told = answer_to(reader, graph, id=published["id"])["post"]["preview"]
        assert told == {"url": url, "title": "News", "siteName": "The site", "picture": {"width": 640}}
        assert shown(reader, repost(reader, published)) is None
        passed_on = reader.get(f"/v1/social/people/{reader.account_id}/posts").json()["items"][0]
        assert passed_on["original"]["preview"] == found
        assert not [headers for _, headers in here.asked if {"Cookie", "Authorization", "Referer"} & set(headers)]


def test_told_to_those_who_have_the_post_open(tenant: Tenant) -> None:
    """S-20, S-44: a preview that comes later is told of."""
    with site() as here:
        post = write(tenant.owner)
        with listening(tenant.owner) as socket:
            socket.subscribe(f"post:{post['id']}")
            edited = {"text": f"Look: {here.serve('/', page())}"}
            assert tenant.owner.patch(f"{POSTS_HERE}/{post['id']}", json=edited).status_code == 200
            told = socket.until(lambda: [each for each in socket.logged if each["type"] == "post.previewed"])
        assert told[0]["data"] == {"post_id": post["id"]}
        found = shown(tenant.owner, post)
        assert found is not None
        assert (found["title"], found["picture"]) == ("News", None)


def test_a_page_is_asked_once_a_day(
    tenant: Tenant, clock: ShiftedClock, documents_of: Documents, eventually: Eventually, admin_sql: Sql
) -> None:
    """S-20: what was found, and what was not, is believed for a day; then it is looked at again."""

    def worked() -> int:
        return len(admin_sql("SELECT 1 FROM ground.job WHERE tenant_id = $1 AND name = $2 AND status = 'done'",
                             tenant.id, "social.previews.fetch"))  # fmt: skip

    with site() as here:
        good, bad = here.serve("/good", page()), here.at("/bad")
        for number, url in enumerate((good, bad, good, bad), 1):
            write(tenant.owner, url)
            eventually(lambda number=number: worked() == number)
            assert len(documents_of(tenant, PREVIEWS)) == min(number, 2)
        assert (here.times("/good"), here.times("/bad")) == (1, 1)
        here.serve("/good", page("Other news"))
        here.serve("/bad", page("Better"))
        clock.offset += timedelta(days=1, minutes=1)
        again = {url: write(tenant.sign_in(tenant.owner.email), url) for url in (good, bad)}
        for url, post in again.items():
            looked(tenant, post, url)
        titles = [(shown(tenant.visitor, post) or {}).get("title") for post in again.values()]
        assert titles == ["Other news", "Better"]


@pytest.mark.parametrize(
    "served",
    [
        Served(page(), status=404), Served(page(), kind="application/pdf"), Served(b""), Served(b"<title> </title>"),
        Served(status=302, headers={"Location": "http://127.0.0.1/"}),
        Served(page(), headers={"Content-Encoding": "gzip"}),
        Served(b"<div>" * 100_000), Served(b"<a" * 250_000), Served(b"&" * 500_000), Served(b"<!--" * 100_000),
    ],
)  # fmt: skip
def test_a_post_without_a_preview(tenant: Tenant, documents_of: Documents, served: Served) -> None:
    """S-20: what fails, says nothing, or is a bomb, is shown without one, and not tried again that day."""
    with site() as here:
        url = here.serve("/", served)
        post = write(tenant.owner, url)
        looked(tenant, post, url)
        assert shown(tenant.owner, post) is None
        assert tenant.owner.get(f"{POSTS_HERE}/{post['id']}/preview/picture").status_code == 404
        assert [each["state"] for each in documents_of(tenant, PREVIEWS)] == ["failed"]


def test_a_slow_page_is_given_up(tenant: Tenant, documents_of: Documents) -> None:
    """S-20: five seconds in all; a page whose picture takes longer is shown without it."""
    with site() as here:
        slow = here.serve("/slow", Served(page(), pieces=100, pause=0.4))
        post = write(tenant.owner, slow)
        looked(tenant, post, slow)
        assert [each["state"] for each in documents_of(tenant, PREVIEWS)] == ["failed"]
        url = with_picture(here, pieces=100, pause=0.4)
        post = write(tenant.owner, url)
        looked(tenant, post, url)
        found = shown(tenant.owner, post)
        assert found is not None
        assert (found["title"], found["picture"]) == ("News", None)


@pytest.mark.parametrize(
    "served",
    [{"body": b"no picture"}, {"body": SVG, "kind": "image/svg+xml"}, {"body": SVG}, {"status": 404},
     {"kind": "text/html"}, {"body": b"\x89PNG\r\n\x1a\n" + b"\0" * 2_100_000},
     {"body": picture()[:60]}],
)  # fmt: skip
def test_what_is_no_picture(tenant: Tenant, served: dict[str, Any]) -> None:
    """S-20: told by its bytes and made anew, or left out; the page's own is never linked to."""
    with site() as here:
        url = with_picture(here, **served)
        post = write(tenant.owner, url)
        looked(tenant, post, url)
        found = shown(tenant.owner, post)
        assert found is not None
        assert found["picture"] is None


@pytest.mark.parametrize(
    ("title", "seen"),
    [
        ("<script>alert(1)</script>Hello", "Hello"), ("Hello <b>you</b>", "Hello you"), ("a\u202eb\x07c", "abc"),
        ("Tea &amp; coffee", "Tea & coffee"), ("&lt;script&gt;alert(1)&lt;/script&gt;", ""),
        ("&amp;lt;img onerror=x&amp;gt;", None),
        ("x" * 5_000, "x" * 199 + "…"), ("Two\n\n lines", "Two lines"),
    ],
)  # fmt: skip
def test_nothing_of_a_page_is_markup(tenant: Tenant, title: str, seen: str | None) -> None:
    """S-20, T11, P-25: what is shown of a page is text in which no browser finds a tag."""
    with site() as here:
        url = here.serve("/", page(title, description="&lt;script src=x&gt;", more="<title>Second</title>"))
        post = write(tenant.owner, url)
        looked(tenant, post, url)
        found = shown(tenant.owner, post)
        if not seen and found is None:
            return
        assert found is not None
        assert not set("<>") & {*found["title"], *found["description"]}
        if seen:
            assert found["title"] == seen


def test_for_whom_no_page_is_asked(tenant: Tenant) -> None:
    """S-20, I3: of a post for few, a draft, or a link in code, the page is not told that there is one."""
    with site() as here:
        url = here.serve("/secret", page())
        for text, rest in (
            (url, {"audience": "me"}), (url, {"audience": "friends"}), (url, {"draft": True}), (f"`{url}`", {}),
        ):  # fmt: skip
            post = write(tenant.owner, text, **rest)
            looked(tenant, post, url)
            assert shown(tenant.owner, post) is None
        assert here.asked == []
        named = write(tenant.owner, f"[The news]({url})", audience="followers")
        looked(tenant, named, url)
        assert shown(tenant.owner, named) is not None
        reader = joined(tenant, 1)[0]
        assert reader.get(f"{POSTS_HERE}/{named['id']}/preview/picture").json()["code"] == "social.no_such_post"


def test_a_tenant_without_previews(tenant: Tenant, other_tenant: Tenant) -> None:
    """S-20: a setting turns them off, also those that are known; each tenant looks for itself."""
    with site() as here:
        url = here.serve("/", page())
        post = write(tenant.owner, url)
        looked(tenant, post, url)
        assert shown(tenant.owner, post) is not None
        for each in (tenant, other_tenant):
            change = {"values": {"social.link_previews": False}}
            assert each.owner.patch("/v1/core/settings", json=change).status_code == 200
        elsewhere = here.serve("/elsewhere", page())
        refused = write(other_tenant.owner, elsewhere)
        looked(other_tenant, refused, elsewhere)
        assert (here.times("/elsewhere"), shown(other_tenant.owner, refused)) == (0, None)
        assert shown(tenant.owner, post) is None


def test_private_addresses_are_not_asked(tenant: Tenant, documents_of: Documents) -> None:
    """S-20, T47: what a member writes does not make the server look into its own house."""
    with site() as here:
        here.serve("/", page())
        for host in ("127.0.0.1", "2130706433", "0x7f.1", "[::1]", "[::ffff:127.0.0.1]"):
            url = here.at("/", host)
            post = write(tenant.owner, f"<{url}>")
            [kept] = [each for each in documents_of(tenant, POSTS) if str(each["_id"]) == post["id"]]
            looked(tenant, post, kept["link"])
            assert shown(tenant.owner, post) is None
        assert here.asked == []


def test_what_nobody_shows_is_forgotten(tenant: Tenant, clock: ShiftedClock, documents_of: Documents) -> None:
    """S-20, I10: where no post leads any more, page and picture are forgotten."""
    with site() as here:
        gone = with_picture(here)
        kept = here.serve("/kept", page())
        posts = {url: write(tenant.owner, url) for url in (gone, kept)}
        for url, post in posts.items():
            looked(tenant, post, url)
        top = tenant.running.settings.home / "files" / tenant.id / "social" / "previews"
        assert len([each for each in top.rglob("*") if each.is_file()]) == 1
        assert tenant.owner.delete(f"{POSTS_HERE}/{posts[gone]['id']}").status_code == 204
        at_work(tenant, lambda desk: tidy_previews.act(desk, Tidy()))
        assert len(documents_of(tenant, PREVIEWS)) == 2
        clock.offset += timedelta(days=8)
        for _ in range(2):
            at_work(tenant, lambda desk: tidy_previews.act(desk, Tidy()))
            assert [each["url"] for each in documents_of(tenant, PREVIEWS)] == [kept]
        assert [each for each in top.rglob("*") if each.is_file()] == []
