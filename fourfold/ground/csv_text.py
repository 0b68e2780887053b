"""CSV as it leaves: every text cell is guarded, so that no sheet program runs a stranger's words as a formula."""

import csv
import io
import re
from collections.abc import Iterable

# How a formula begins, as OWASP lists it; cells with apostrophes before that are guarded too, so that each guard can be
# taken off again without a doubt. The wide forms are what East Asian keyboards type.
_STARTS = "=+\\-@\t\r\n\uff1d\uff0b\uff0d\uff20"
_FORMULA = re.compile(f"'*[{_STARTS}]")
_GUARDED = re.compile(f"'+[{_STARTS}]")


def guarded(cell: str) -> str:
    """The cell with an apostrophe in front when a sheet program would run it as a formula."""
    return "'" + cell if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """What `guarded` was given."""
    return cell[1:] if _GUARDED.match(cell) else cell


def csv_lines(rows: Iterable[Iterable[str | int]]) -> bytes:
    """Rows as CSV in UTF-8, texts guarded; numbers are written as they are."""
    text = io.StringIO(newline="")
    csv.writer(text).writerows([guarded(cell) if isinstance(cell, str) else cell for cell in row] for row in rows)
    return text.getvalue().encode()
