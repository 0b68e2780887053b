"""How far a file goes, guessed from its bytes: enough to tell how much of an import is done."""

from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from fourfold.commerce.formats.readers import Format

# What unpacks to more is refused by the reader, which measures with care.
MOST_CHUNKS = 400

_CHUNK = 1 << 20
_MARKS = {
    Format.CSV: (b"\n", b"\r"),
    Format.NDJSON: (b"\n",),
    Format.JSON: (b'"handle"',),
    Format.XLSX: (b"<row",),
}


def expected_lines(path: Path, form: Format) -> int:
    """About how many lines (rows, products: what `line` counts) the file has, by a quick look at its bytes."""
    counts = dict.fromkeys(_MARKS[form], 0)
    for chunk in _chunks(path, packed=form is Format.XLSX):
        for mark in counts:
            counts[mark] += chunk.count(mark)
    return max(counts.values())


def _chunks(path: Path, *, packed: bool) -> Iterator[bytes]:
    if not packed:
        with path.open("rb") as file:
            yield from iter(partial(file.read, _CHUNK), b"")
        return
    try:
        with ZipFile(path) as archive:
            for entry in archive.infolist():
                if "worksheets/" in entry.filename:
                    with archive.open(entry) as part:
                        yield from islice(iter(partial(part.read, _CHUNK), b""), MOST_CHUNKS)
    except (BadZipFile, NotImplementedError, OSError, RuntimeError, ValueError):
        # The reader says what is wrong with it.
        return
