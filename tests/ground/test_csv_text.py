"""CSV as it leaves: no cell is run as a formula, and nothing is lost by that."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.ground.csv_text import csv_lines, guarded, unguarded


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20", "'="])
def test_no_cell_is_a_formula(start: str) -> None:
    """T44: a text that begins as a formula gets an apostrophe, in any column; numbers stay numbers."""
    cell = f'{start}cmd|"/c calc"!A1'
    rows = list(csv.reader(io.StringIO(csv_lines([["a", cell, -5], [cell, "", 0]]).decode(), newline="")))
    assert rows == [["a", f"'{cell}", "-5"], [f"'{cell}", "", "0"]]


@given(st.text())
def test_guards_come_off(cell: str) -> None:
    """T44: what was guarded is read back as it was."""
    assert unguarded(guarded(cell)) == cell
    assert guarded(cell)[:1] not in {"=", "+", "-", "@", "\t", "\r", "\n"}
