"""Peers: whose address a request comes from, when proxies stand in between that may or may not be believed."""

from collections.abc import Sequence
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import TypeAlias

from starlette.types import Scope

Network: TypeAlias = IPv4Network | IPv6Network
MOST_HOPS = 20


def networks_in(text: str) -> tuple[Network, ...]:
    """The networks that a setting names, with commas between; raises ValueError."""
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


class Proxies:
    """The proxies that are believed."""

    def __init__(self, networks: Sequence[Network]) -> None:
        """Without networks nobody is."""
        self.networks = tuple(networks)

    def believes(self, address: str) -> bool:
        """Whether the address is one of theirs."""
        parsed = _parsed(address)
        return parsed is not None and any(parsed in network for network in self.networks)

    def client_of(self, peer: str, forwarded: Sequence[str]) -> str:
        """Who sent a request that `peer` brought, from its `X-Forwarded-For`: the last hop that is no proxy of ours.

        What stands further left was written by a stranger. A hop that is no address ends the search at the one before.
        """
        known = peer
        for hop in reversed([part.strip() for line in forwarded for part in line.split(",")][-MOST_HOPS:]):
            if not self.believes(known):
                break
            parsed = _parsed(hop)
            if parsed is None:
                break
            known = str(parsed)
        return known

    def unwrap(self, scope: Scope) -> None:
        """Puts the client and the scheme that a believed proxy tells of in the place of its own."""
        peer = scope["client"][0] if scope.get("client") else ""
        if not self.believes(peer):
            return
        told: dict[bytes, list[str]] = {b"x-forwarded-for": [], b"x-forwarded-proto": []}
        for name, value in scope["headers"]:
            if name in told:
                told[name].append(value.decode("latin-1"))
        scope["client"] = (self.client_of(peer, told[b"x-forwarded-for"]), 0)
        if told[b"x-forwarded-proto"] and told[b"x-forwarded-proto"][-1] in {"http", "https"}:
            scope["scheme"] = told[b"x-forwarded-proto"][-1]


@lru_cache(10_000)
def _parsed(address: str) -> IPv4Address | IPv6Address | None:
    try:
        parsed = ip_address(address)
    except ValueError:
        return None
    return parsed.ipv4_mapped or parsed if isinstance(parsed, IPv6Address) else parsed
