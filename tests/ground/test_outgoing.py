"""Fetching from others: which addresses are refused, in which forms, and what is taken of what they serve."""

import asyncio
import gzip
import zlib
from collections.abc import Callable, Sequence
from ipaddress import ip_address

import pytest

from fourfold.ground.outgoing import Fetched, NotFetched, Outgoing, fetch
from fourfold.ground.public_addresses import is_public
from tests.builders.pages import Served, page, site

HTML = ("text/html",)


def resolving(*answers: Sequence[str]) -> tuple[Callable[..., object], list[str]]:
    """A resolver that answers otherwise each time, and the names that it was asked for."""
    asked: list[str] = []

    async def resolve(host: str, _port: int) -> Sequence[str]:
        asked.append(host)
        return answers[min(len(asked), len(answers)) - 1]

    return resolve, asked


def refusal(url: str, rules: Outgoing | None = None, most: int = 1000) -> str:
    """Why nothing is fetched from an address."""

    async def ask() -> str:
        try:
            async with asyncio.timeout(10):
                await fetch(url, rules or Outgoing(), HTML, most)
        except NotFetched as problem:
            return problem.reason
        return "fetched"

    return asyncio.run(ask())


def got(url: str, rules: Outgoing, most: int = 100_000) -> Fetched:
    """What is fetched from an address."""
    return asyncio.run(fetch(url, rules, HTML, most))


HERE = Outgoing(private=frozenset({"localhost", "named.test"}))


@pytest.mark.parametrize(
    ("address", "public"),
    [
        ("93.184.216.34", True), ("2606:4700::1111", True), ("::ffff:93.184.216.34", True),
        ("127.0.0.1", False), ("127.9.9.9", False), ("0.0.0.1", False), ("10.1.2.3", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("100.64.0.1", False), ("169.254.169.254", False), ("224.0.0.1", False),
        ("239.1.1.1", False), ("240.0.0.1", False), ("255.255.255.255", False), ("192.0.2.1", False),
        ("198.18.0.1", False), ("::1", False), ("::", False), ("fe80::1", False), ("fe80::1%eth0", False),
        ("fc00::1", False), ("fd00:ec2::254", False), ("fec0::1", False), ("ff02::1", False), ("2001:db8::1", False),
        ("::ffff:127.0.0.1", False), ("::ffff:10.0.0.1", False), ("::ffff:169.254.169.254", False),
        ("::127.0.0.1", False), ("64:ff9b::7f00:1", False), ("2002:7f00:1::", False), ("2001:0:7f00:1::", False),
    ],
)  # fmt: skip
def test_which_addresses_are_public(address: str, public: bool) -> None:
    """S-20, T47, P-25: nothing of this machine, of private nets or links, also not within other addresses."""
    assert is_public(ip_address(address)) is public


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "LOCALHOST.", "2130706433", "0x7f000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1",
     "0", "[::1]", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[0:0:0:0:0:ffff:127.0.0.1]", "[64:ff9b::7f00:1]",
     "169.254.169.254", "10.0.0.1", "100.64.0.1", "192.168.0.1", "[fe80::1]", "127。0。0。1", "①②⑦.0.0.1",
     "127.0.0.1.", "0.0.0.1", "[::]", "3232235777", "255.255.255.255"],
)  # fmt: skip
def test_no_form_of_a_private_address_is_connected_to(host: str) -> None:
    """S-20, T47, P-25: by default this machine is never asked, however its address is written."""
    with site() as here:
        rules = Outgoing(ports=frozenset({80, here.port}))
        here.serve("/", page())
        assert refusal(f"http://{host}:{here.port}/", rules) == "address"
        assert here.asked == []


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://example.com:22/", "port"), ("http://example.com:8080/", "port"), ("ftp://example.com/", "address"),
        ("file:///etc/passwd", "address"), ("gopher://example.com/", "address"), ("javascript:alert(1)", "address"),
        ("http://user:secret@example.com/", "address"), ("http://127.0.0.1@example.com/", "address"),
        ("http:///", "address"), ("//example.com", "address"), ("", "address"), ("http://[::1", "address"),
        ("http://example.com/" + "x" * 2000, "address"), ("http://\x00/", "address"),
    ],
)  # fmt: skip
def test_what_is_not_asked_for(url: str, reason: str) -> None:
    """S-20, T47, P-25: web pages on the ports of the web, without a name or a password to give away."""
    resolve, asked = resolving(["93.184.216.34"])
    assert refusal(url, Outgoing(resolve=resolve)) == reason  # type: ignore[arg-type]  # it is one
    assert asked == []


def test_one_private_address_among_others_refuses_all() -> None:
    """T47: a name that leads to this machine as well is not meant well."""
    with site() as here:
        resolve, _ = resolving(["93.184.216.34", "127.0.0.1"])
        rules = Outgoing(frozenset({here.port}), resolve=resolve)  # type: ignore[arg-type]  # it is one
        assert refusal(here.at("/", "both.test"), rules) == "address"
        assert here.asked == []


def test_the_address_that_was_looked_at_is_connected_to() -> None:
    """T47: a name that leads elsewhere the second time is asked for once, and the connection goes where it led then."""
    with site() as here:
        here.serve("/", page())
        # Public first, and then this machine: nobody listens at the first, and nobody is asked a second time.
        resolve, asked = resolving(["192.88.99.255"], ["127.0.0.1"])
        unheard = Outgoing(frozenset({here.port}), resolve=resolve)  # type: ignore[arg-type]  # it is one
        try:
            reason = asyncio.run(asyncio.wait_for(_why(here.at("/", "rebinding.test"), unheard), 3))
        except TimeoutError:
            reason = "slow"
        assert reason != "fetched"
        assert (asked, here.asked) == (["rebinding.test"], [])
        # And the other way round, where the host is permitted: the first answer is the one that counts.
        resolve, asked = resolving(["127.0.0.1"], ["127.0.0.2"])
        known = Outgoing(private=frozenset({"named.test"}), resolve=resolve)  # type: ignore[arg-type]  # it is one
        assert got(here.at("/", "named.test"), known).content == page()
        [(_, headers)] = here.asked
        assert (asked, headers["Host"]) == (["named.test"], f"named.test:{here.port}")


async def _why(url: str, rules: Outgoing) -> str:
    try:
        await fetch(url, rules, HTML, 1000)
    except NotFetched as problem:
        return problem.reason
    return "fetched"


@pytest.mark.parametrize(
    "target",
    ["http://127.0.0.1:{port}/", "http://[::1]:{port}/", "http://2130706433:{port}/", "http://169.254.169.254/latest/",
     "//127.0.0.1:{port}/", "file:///etc/passwd", "http://user@localhost:{port}/", "http://[::ffff:127.0.0.1]:{port}/"],
)  # fmt: skip
def test_redirects_are_looked_at_as_well(target: str) -> None:
    """T47: who is sent on to a private address does not go there."""
    with site() as here:
        here.serve("/", page())
        away = here.serve("/away", Served(status=302, headers={"Location": target.format(port=here.port)}))
        ports = Outgoing(ports=frozenset({80, here.port}), private=frozenset({"localhost"}))
        assert refusal(away, ports) == "address"
        assert [path for path, _ in here.asked] == ["/away"]


def test_three_redirects_and_no_more() -> None:
    """S-20: whoever is sent on a fourth time stays where they are; cookies are not brought back."""
    with site() as here:
        for step in range(5):
            told = {"Location": f"/{step + 1}", "Set-Cookie": "seen=1"}
            here.serve(f"/{step}", Served(status=(301, 302, 303, 307, 308)[step], headers=told))
        here.serve("/5", page())
        assert got(here.at("/2"), HERE).url == here.at("/5")
        assert refusal(here.at("/1"), HERE) == "redirects"
        assert not [headers for _, headers in here.asked if "Cookie" in headers or "Authorization" in headers]


def test_no_more_is_taken_than_is_wanted() -> None:
    """S-20: of an endless page the beginning; of a packed bomb no more is unpacked than that."""
    with site() as here:
        endless = here.serve("/endless", Served(b"x" * 65_536, pieces=1000))
        found = got(endless, HERE, 100_000)
        assert (len(found.content), found.is_whole) == (100_000, False)
        for packing, pack in (("gzip", gzip.compress), ("deflate", zlib.compress)):
            bomb = here.serve("/bomb", Served(pack(b"\0" * 50_000_000), headers={"Content-Encoding": packing}))
            found = got(bomb, HERE, 100_000)
            assert (len(found.content), found.is_whole) == (100_000, False)
            small = here.serve("/small", Served(pack(page()), headers={"Content-Encoding": packing}))
            assert got(small, HERE).content == page()


def test_what_is_not_taken() -> None:
    """S-20: other types, other packings, errors, and what breaks off."""
    with site() as here:
        for served, reason in (
            (Served(b"{}", kind="application/json"), "type"),
            (Served(page(), kind=""), "type"),
            (Served(page(), headers={"Content-Encoding": "br"}), "type"),
            (Served(page(), headers={"Content-Encoding": "gzip"}), "answer"),
            (Served(page(), headers={"Content-Length": "5000"}), "answer"),
            (Served(page(), status=404), "status"),
            (Served(page(), status=500), "status"),
            (Served(status=302, headers={"Location": "http://[/"}), "address"),
        ):
            assert refusal(here.serve("/", served), HERE) == reason
    assert refusal(here.at("/"), HERE) == "connection"
