"""Budgets of size: beauty is lost in the tail, so the tail is what is limited."""

import ast
import math
from collections.abc import Sequence

from tests.house.tree import package_sources, rooms, sources, text_of, tree_of

FUNCTION_P95, FUNCTION_LONGEST = 35, 60
FILE_P95, FILE_LONGEST = 300, 400
FILES_IN_A_ROOM = 12


def p95(lengths: Sequence[int]) -> int:
    return sorted(lengths)[math.ceil(len(lengths) * 0.95) - 1]


def lengths_of_functions() -> dict[str, int]:
    return {
        f"{path}:{node.lineno} {node.name}": (node.end_lineno or node.lineno) - node.lineno + 1
        for path in package_sources()
        for node in ast.walk(tree_of(path))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }


def lengths_of_files(*folders: str) -> dict[str, int]:
    return {str(path): len(text_of(path).splitlines()) for path in sources(*folders)}


def above(limit: int, lengths: dict[str, int]) -> list[str]:
    return [f"{name} has {length} lines" for name, length in sorted(lengths.items()) if length > limit]


def test_no_function_is_long() -> None:
    """No function passes 60 lines: a longer one tells more than one story."""
    assert above(FUNCTION_LONGEST, lengths_of_functions()) == []


def test_most_functions_are_short() -> None:
    """95 of 100 functions stay within 35 lines."""
    lengths = lengths_of_functions()
    assert p95(list(lengths.values())) <= FUNCTION_P95, above(FUNCTION_P95, lengths)


def test_no_file_is_long() -> None:
    """No file passes 400 lines, tests and benchmarks included."""
    assert above(FILE_LONGEST, lengths_of_files("fourfold", "tests", "bench")) == []


def test_most_files_are_short() -> None:
    """95 of 100 files of the package stay within 300 lines."""
    lengths = lengths_of_files("fourfold")
    assert p95(list(lengths.values())) <= FILE_P95, above(FILE_P95, lengths)


def test_no_room_is_crowded() -> None:
    """A room that passes 12 files is two subjects."""
    counts = {room: len([path for path in held if path.name != "__init__.py"]) for room, held in rooms().items()}
    assert {str(room): count for room, count in counts.items() if count > FILES_IN_A_ROOM} == {}
