"""Addresses of PostgreSQL databases; imports no driver, so that the supervisor stays small."""

from urllib.parse import parse_qsl, urlencode, urlsplit


def address_of(url: str, *, role: str, database: str) -> str:
    """The address of a database on the same server, for a role that needs no password there."""
    parts = urlsplit(url)
    query = {**dict(parse_qsl(parts.query)), "user": role}
    host = parts.netloc.rpartition("@")[2]
    return f"postgresql://{host}/{database}?{urlencode(query)}"
