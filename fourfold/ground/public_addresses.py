"""Which addresses of the net are everybody's: whoever fetches for others goes there and nowhere else."""

import re
from ipaddress import IPv4Address, IPv6Address, IPv6Network, ip_address

# What ends in a number is an address; it is one only in the one way in which everybody reads it.
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)", re.IGNORECASE)
# Within these stands an IPv4 address to which it is carried on: NAT64, 6to4, Teredo, and what came before mapped ones.
_CARRIERS = [IPv6Network(each) for each in ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32", "::/96")]

Address = IPv4Address | IPv6Address


def is_public(address: Address) -> bool:
    """Whether an address is one of the public net: not of this machine, of a private net, of a link, or of many."""
    if isinstance(address, IPv6Address):
        if address.ipv4_mapped is not None:
            return is_public(address.ipv4_mapped)
        if address.scope_id is not None or address.is_site_local or any(address in each for each in _CARRIERS):
            return False
    special = address.is_multicast or address.is_reserved or address.is_unspecified or address.is_loopback
    return address.is_global and not (special or address.is_private or address.is_link_local)


def address_in(host: str) -> Address | None:
    """The address that a host is, if it is one and no name; raises `ValueError` for one that is written oddly.

    `2130706433`, `0177.0.0.1` and `0x7f.1` are addresses to some programs and names to others: nobody means well.
    """
    if ":" in host:
        return ip_address(host)
    if _NUMBER.fullmatch(host.rstrip(".").rpartition(".")[2]):
        return IPv4Address(host)
    return None
