"""Kinds and archives, without a server: any bytes are something, and nothing takes long."""

import io
import time
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.core.files.kinds import HTML, SVG, TEXT, claims_of, fits, found_in, settled
from fourfold.core.files.rules import directory_in, disposition, is_bomb, is_name, unpacked_size

PARTS = [
    b"<",
    b"<!--",
    b"-->",
    b"<?xml",
    b"?>",
    b"<!doctype ",
    b"[",
    b"]>",
    b"svg",
    b"html",
    b">",
    b" ",
    b"x",
    b"\x00",
    b"PK\x03\x04",
]


@given(st.lists(st.sampled_from(PARTS) | st.binary(max_size=20), max_size=40).map(b"".join))
def test_any_bytes_are_something(content: bytes) -> None:
    """T43: whatever comes, there is an answer, and a file may always be called what it was found to be."""
    found = found_in(content)
    assert fits(found, found)
    assert settled(claims_of("a", found), found) == found


@pytest.mark.parametrize(
    "part", [b"<!-- -->", b"<!x>", b"<?x?>", b"<!-- ", b"<!x [", b" ", b"<!doctype ", b"<!x [ ] >"]
)
def test_nothing_takes_long(part: bytes) -> None:
    """T42: beginnings that never end are looked at once."""
    # Of this thread: the application and its worker are at work in this process too.
    began = time.thread_time()
    found_in(part * (1024 * 1024 // len(part)))
    assert time.thread_time() - began < 0.5


@pytest.mark.parametrize(
    ("content", "kind"),
    [
        (b"<svg/>", SVG), (b"<!DOCTYPE svg PUBLIC 'a' 'b'><svg/>", SVG), (b"<!-- a --><x:svg xmlns:x='y'/>", SVG),
        ("\ufeff<svg/>".encode("utf-16"), SVG), (b"<!DOCTYPE x [<!ENTITY a '>'>]><svg/>", SVG),
        (b"<SCRIPT>alert(1)", HTML),
        (b"<!doctype html>", HTML), (b"<p>hello", TEXT), (b"a < b <svg", TEXT), (b"<note/>", TEXT),
        (b"<?xml version='1.0'?><note/>", "application/xml"), (b"RIFF\x00\x00\x00\x00WAVE", "audio/wav"),
        (b"\x00\x00\x00\x18ftypmp42", "video/mp4"), (b"\x00\x00\x00\x18ftypM4A ", "audio/mp4"),
    ],
)  # fmt: skip
def test_kinds(content: bytes, kind: str) -> None:
    """T43: by the first element and not by the first bytes alone."""
    assert found_in(content) == kind


def archive(*, large: bool) -> bytes:
    """An archive whose one entry of 300 kB is told of in the short or in the long way."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as written:
        written.writestr("a", bytes(300_000))
    content = file.getvalue()
    if not large:
        return content
    start = content.index(b"PK\x01\x02")
    entry = bytearray(content[start : start + 47])
    entry[24:28], entry[30:32] = b"\xff" * 4, (12).to_bytes(2, "little")
    return bytes(entry) + b"\x01\x00\x08\x00" + (300_000).to_bytes(8, "little")


def test_archives_tell_what_they_hold() -> None:
    """T42: the directory at the end says how much is in an archive, also by ZIP64; what cannot be read is nothing."""
    content = archive(large=False)
    told = directory_in(content)
    assert told is not None
    assert told.entries == 1
    assert unpacked_size(content[told.start : told.start + told.length]) == 300_000
    assert unpacked_size(archive(large=True)) == 300_000
    assert directory_in(content[:-30]) is None
    assert is_bomb(1_000_000, 100_000_001) is False
    assert is_bomb(1_000_000, 110_000_000) is True


@given(st.binary(max_size=300))
def test_any_directory_is_read(content: bytes) -> None:
    """T42: a directory that makes no sense is no failure."""
    unpacked_size(b"PK\x01\x02" + content)
    directory_in(b"PK\x05\x06" + content)


@given(st.text(max_size=300))
def test_names_fit_into_headers(name: str) -> None:
    """T43: a name that is taken makes a header of one line in ASCII."""
    if is_name(name):
        header = disposition(name, shown=False)
        assert header.isascii()
        assert header.isprintable()
