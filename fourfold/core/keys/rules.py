"""How API keys look, and where they are good: text, checksum, environment, networks."""

import zlib
from collections.abc import Sequence
from ipaddress import IPv6Address, ip_address, ip_network
from typing import Literal
from uuid import UUID

KEY_PREFIX = "ffk_"
ENVIRONMENTS = ("live", "test")
Environment = Literal["live", "test"]


def checksum(text: str) -> str:
    """Eight hex digits that tell a mistyped key without asking the database."""
    return f"{zlib.crc32(text.encode()):08x}"


def key_text(environment: Environment, tenant_id: UUID, key_id: UUID, secret: str) -> str:
    """A key: prefix, environment, whose and which it is, a secret, and a checksum over all of it."""
    body = f"{shown_prefix(environment, tenant_id, key_id)}_{secret}"
    return f"{body}_{checksum(body)}"


def shown_prefix(environment: Environment, tenant_id: UUID, key_id: UUID) -> str:
    """How the key begins, up to its secret: enough to find it wherever it turns up."""
    return f"{KEY_PREFIX}{environment}_{tenant_id.hex}{key_id.hex}"


def ids_in(key: str) -> tuple[UUID, UUID] | None:
    """The tenant's id and the key's; None when the key is mistyped. Keys from before had no environment in them."""
    body, _, check = key.rpartition("_")
    if checksum(body) != check:
        return None
    rest = body.removeprefix(KEY_PREFIX)
    for environment in ENVIRONMENTS:
        rest = rest.removeprefix(f"{environment}_")
    try:
        return UUID(rest[:32]), UUID(rest[32:64])
    except ValueError:
        return None


def is_network(text: str) -> bool:
    """Whether it is a network in CIDR notation, or one address."""
    try:
        ip_network(text)
    except ValueError:
        return False
    return True


def is_inside(address: str, networks: Sequence[str]) -> bool:
    """Whether the address belongs to one of the networks, or there are none to belong to."""
    if not networks:
        return True
    try:
        asked = ip_address(address)
    except ValueError:
        return False
    if isinstance(asked, IPv6Address) and asked.ipv4_mapped is not None:
        asked = asked.ipv4_mapped
    return any(asked in ip_network(each) for each in networks)
