"""What others serve is fetched: from public addresses, each looked at before it is connected to; little, and not long.

A name is resolved once, and the connection goes to the very address that was looked at: whatever the name leads to a
moment later does not matter. Each redirect is looked at like the first address.
"""

import asyncio
import functools
import socket
import ssl
import zlib
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from ipaddress import ip_address

import httpx

from fourfold.ground.public_addresses import Address, address_in, is_public
from fourfold.ground.settings import Settings

MOST_REDIRECTS, MOST_ADDRESSES = 3, 2
REDIRECTS = frozenset({301, 302, 303, 307, 308})
DEFAULT_PORTS = {"http": 80, "https": 443}
LONGEST_ADDRESS = 2000
_PACKED = {"": None, "identity": None, "gzip": 31, "x-gzip": 31, "deflate": 15}

Resolve = Callable[[str, int], Awaitable[Sequence[str]]]


class NotFetched(Exception):
    """Nothing was fetched; `reason` is a word that says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


async def resolved(host: str, port: int) -> Sequence[str]:
    """The addresses that a name has now, as the system tells them."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(each[4][0]) for each in found]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """Where one may go: to public addresses on some ports, and to `private` hosts wherever they are, on any port."""

    ports: frozenset[int] = frozenset(DEFAULT_PORTS.values())
    private: frozenset[str] = frozenset()
    resolve: Resolve = resolved

    @classmethod
    def of(cls, settings: Settings) -> "Outgoing":
        """As the deployment is set."""
        return cls(settings.fetched_ports, settings.fetched_hosts)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What was there: the address where it was found, its type as it was told, and its first bytes."""

    url: str
    content_type: str
    charset: str | None
    content: bytes
    is_whole: bool


async def fetch(url: str, rules: Outgoing, types: Sequence[str], most: int) -> Fetched:
    """The first `most` bytes of what an address serves, if it is of one of the `types`; raises `NotFetched`.

    Without cookies or credentials. The caller says for how long: what is not there by then is given up.
    """
    for _ in range(MOST_REDIRECTS + 1):
        found = await _asked(_target(url, rules), rules, types, most)
        if isinstance(found, Fetched):
            return found
        url = found
    raise NotFetched("redirects")


def _target(url: str, rules: Outgoing) -> httpx.URL:
    try:
        target = httpx.URL(url)
        host = target.raw_host.decode("ascii").lower()
    except (httpx.InvalidURL, UnicodeError, ValueError) as problem:
        raise NotFetched("address") from problem
    if target.scheme not in DEFAULT_PORTS or not host or target.userinfo or len(url) > LONGEST_ADDRESS:
        raise NotFetched("address")
    port = target.port or DEFAULT_PORTS[target.scheme]
    if port not in rules.ports and host not in rules.private:
        raise NotFetched("port")
    return target


async def _addresses(target: httpx.URL, rules: Outgoing) -> Sequence[Address]:
    """Where to connect to; one address that is not public refuses all of them."""
    host = target.raw_host.decode("ascii").lower()
    try:
        literal = address_in(host.strip("[]"))
        port = target.port or DEFAULT_PORTS[target.scheme]
        found = [literal] if literal else [ip_address(each) for each in await rules.resolve(host, port)]
    except (OSError, UnicodeError, ValueError) as problem:
        raise NotFetched("address") from problem
    if not found or (host not in rules.private and not all(is_public(each) for each in found)):
        raise NotFetched("address")
    return sorted(dict.fromkeys(found), key=lambda each: each.version)[:MOST_ADDRESSES]


async def _asked(target: httpx.URL, rules: Outgoing, types: Sequence[str], most: int) -> Fetched | str:
    """What is there, or where else to look."""
    failure: Exception | None = None
    for address in await _addresses(target, rules):
        try:
            return await _asked_at(target, address, types, most)
        except httpx.ConnectError as problem:
            failure = problem
        except (httpx.HTTPError, httpx.InvalidURL, zlib.error, ValueError) as problem:
            raise NotFetched("answer") from problem
    raise NotFetched("connection") from failure


async def _asked_at(target: httpx.URL, address: Address, types: Sequence[str], most: int) -> Fetched | str:
    named = target.netloc.decode("ascii")
    headers = {"Host": named, "Accept": ", ".join(types), "Accept-Encoding": "gzip", "User-Agent": "Fourfold"}
    # The certificate has to be that of the name, though the address is connected to.
    extensions = {"sni_hostname": target.raw_host.decode("ascii")}
    there = target.copy_with(host=str(address), fragment=None)
    # A client of its own for each request: nothing is remembered from one to the next.
    async with httpx.AsyncClient(verify=_certificates(), trust_env=False, timeout=None) as client:  # noqa: S113 - the caller says for how long
        client.headers.clear()
        async with client.stream("GET", there, headers=headers, extensions=extensions) as answer:
            if answer.status_code in REDIRECTS and "location" in answer.headers:
                return str(target.join(answer.headers["location"]))
            return await _read(str(target), answer, types, most)


async def _read(url: str, answer: httpx.Response, types: Sequence[str], most: int) -> Fetched:
    kind = answer.headers.get("content-type", "").partition(";")[0].strip().lower()
    packing = answer.headers.get("content-encoding", "").strip().lower()
    if answer.status_code != httpx.codes.OK:
        raise NotFetched("status")
    if kind not in types or packing not in _PACKED:
        raise NotFetched("type")
    packed = _PACKED[packing]
    unpack = zlib.decompressobj(packed) if packed is not None else None
    content = bytearray()
    async for chunk in answer.aiter_raw():
        # Never more than is wanted is unpacked, however little a bomb is as it is sent.
        content += chunk if unpack is None else unpack.decompress(chunk, most + 1 - len(content))
        if len(content) > most:
            return Fetched(url, kind, answer.charset_encoding, bytes(content[:most]), is_whole=False)
    return Fetched(url, kind, answer.charset_encoding, bytes(content), is_whole=True)


@functools.cache
def _certificates() -> ssl.SSLContext:
    return httpx.create_ssl_context(trust_env=False)
