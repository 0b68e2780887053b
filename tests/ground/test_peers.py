"""Peers: a stranger's word about addresses is never believed, and a proxy's only as far as it reaches."""

from typing import Any

import pytest

from fourfold.ground.peers import Proxies, networks_in

PROXIES = Proxies(networks_in("10.0.0.0/8, 127.0.0.1, 2001:db8::/32"))


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("198.51.100.7", ["203.0.113.1"], "198.51.100.7"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6", "203.0.113.1"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.1, 10.2.3.4"], "203.0.113.1"),
        ("10.0.0.1", ["6.6.6.6, nonsense, 10.2.3.4"], "10.2.3.4"),
        ("10.0.0.1", ["6.6.6.6, 203.0.113.1\x00"], "10.0.0.1"),
        ("10.0.0.1", ["10.0.0.2, 10.0.0.3"], "10.0.0.2"),
        ("2001:db8::5", ["2a00::1"], "2a00::1"),
        ("::ffff:10.0.0.1", ["::ffff:203.0.113.1"], "203.0.113.1"),
        ("unix", ["203.0.113.1"], "unix"),
        ("127.0.0.1", [", ".join(["6.6.6.6"] * 5000)], "6.6.6.6"),
    ],
)
def test_who_sent_it(peer: str, forwarded: list[str], client: str) -> None:
    """T37: the last hop that is not ours, and only behind a proxy of ours."""
    assert PROXIES.client_of(peer, forwarded) == client


def test_without_proxies_nobody_is_believed() -> None:
    """T37: the setting is empty by default."""
    assert Proxies(()).client_of("127.0.0.1", ["203.0.113.1"]) == "127.0.0.1"


def test_a_request_is_told_anew() -> None:
    """T37: client and scheme come from the proxy that is believed; a scheme that is none is left out."""
    scope: dict[str, Any] = {"client": ("10.0.0.1", 5), "scheme": "http", "headers": []}
    scope["headers"] = [(b"x-forwarded-for", b"203.0.113.1"), (b"x-forwarded-proto", b"https")]
    PROXIES.unwrap(scope)
    assert (scope["client"], scope["scheme"]) == (("203.0.113.1", 0), "https")
    scope = {"client": ("198.51.100.7", 5), "scheme": "http", "headers": scope["headers"]}
    PROXIES.unwrap(scope)
    assert (scope["client"], scope["scheme"]) == (("198.51.100.7", 5), "http")
    scope = {"client": ("10.0.0.1", 5), "scheme": "http", "headers": [(b"x-forwarded-proto", b"gopher")]}
    PROXIES.unwrap(scope)
    assert scope["scheme"] == "http"


@pytest.mark.parametrize("text", ["10.0.0.0/33", "everybody", "10.0.0.1/8"])
def test_what_is_no_network(text: str) -> None:
    """T37: a setting that cannot be read stops the start."""
    with pytest.raises(ValueError, match=r"\d|everybody"):
        networks_in(text)
