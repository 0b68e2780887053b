"""Checks an exported log with nothing but the file: no database, no secret."""

from collections.abc import Iterable
from dataclasses import dataclass

import orjson
from pydantic import ValidationError

from fourfold.core.audit.anchor import AnchorShape
from fourfold.core.audit.rules import START, hash_of
from fourfold.ground.audit import CANONICAL, origin_of


class NoExport(Exception):
    """The file is no export of an audit log; says at which line."""


@dataclass(frozen=True, slots=True)
class FileVerdict:
    """What was found in a file: links that fit together, and the first thing that does not."""

    ok: bool
    links: int
    first_bad_seq: int | None = None
    reason: str | None = None
    public_key: str | None = None


def verify_lines(lines: Iterable[bytes], trusted_key: str | None = None) -> FileVerdict:
    """Follows the chain through the lines of an export; raises `NoExport`.

    The anchor at the end must be signed by `trusted_key` (hex) or, when none is given, by the key that the file names:
    then the file is consistent, and who has signed it is for the reader to find out.
    """
    told: dict[str, object] = {}
    anchor: AnchorShape | None = None
    seq, prev = 0, START
    for number, text in enumerate(lines, start=1):
        line = _read(text, number)
        if number == 1:
            told = line
            continue
        if "anchor" in line:
            anchor = _anchor_in(line, number)
            continue
        seq += 1
        if anchor is not None or line.get("seq") != seq or "entry" not in line:
            return FileVerdict(ok=False, links=seq - 1, first_bad_seq=seq, reason="removed")
        if not _fits(line, prev):
            return FileVerdict(ok=False, links=seq - 1, first_bad_seq=seq, reason="changed")
        prev = bytes.fromhex(str(line["hash"]))
    if not str(told.get("format", "")).startswith("fourfold.audit-export/"):
        raise NoExport("the file does not begin with the header of an audit export")
    key = trusted_key or str(told.get("public_key"))
    if told.get("links") != seq or (seq and anchor is None):
        return FileVerdict(ok=False, links=seq, first_bad_seq=seq + 1, reason="removed", public_key=key)
    if anchor is not None and ((anchor.seq, anchor.hash) != (seq, prev.hex()) or not anchor.is_signed_by(key)):
        return FileVerdict(ok=False, links=seq, first_bad_seq=seq, reason="anchor_mismatch", public_key=key)
    return FileVerdict(ok=True, links=seq, public_key=key)


def _read(text: bytes, number: int) -> dict[str, object]:
    try:
        line = orjson.loads(text)
    except orjson.JSONDecodeError as problem:
        reason = f"line {number} is not JSON"
        raise NoExport(reason) from problem
    if not isinstance(line, dict):
        reason = f"line {number} is not an object"
        raise NoExport(reason)
    return line


def _anchor_in(line: dict[str, object], number: int) -> AnchorShape:
    try:
        return AnchorShape.model_validate(line["anchor"])
    except ValidationError as problem:
        reason = f"line {number} holds no anchor"
        raise NoExport(reason) from problem


def _fits(line: dict[str, object], prev: bytes) -> bool:
    entry = line["entry"]
    body = orjson.dumps(entry, option=CANONICAL).decode()
    if (line.get("prev"), line.get("hash")) != (prev.hex(), hash_of(prev, body).hex()):
        return False
    if "address" not in line:
        return True
    origin = origin_of(bytes.fromhex(str(line.get("salt"))), str(line["address"]))
    return isinstance(entry, dict) and entry.get("origin") == origin
