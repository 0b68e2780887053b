"""Which promise is proved where: `python -m tests.house.test_spec_ids` prints the map."""

import ast
import re
import sys
from collections.abc import Iterator

from tests.house.tree import sources, tree_of

SPEC_ID = re.compile(r"\b(?:[BCDOPS]-\d\d|T\d\d)\b")


def named_promises() -> Iterator[tuple[str, list[str]]]:
    """Every test outside of the house tests, with the promises that its docstring names."""
    for path in sources("tests"):
        if path.parts[1] == "house" or not path.name.startswith("test_"):
            continue
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_"):
                yield f"{path}::{node.name}", SPEC_ID.findall(ast.get_docstring(node) or "")


def test_each_test_names_what_it_proves() -> None:
    """A test's docstring names the promise that it proves."""
    assert [test for test, promises in named_promises() if not promises] == []


def print_map() -> None:
    proofs: dict[str, list[str]] = {}
    for test, promises in named_promises():
        for promise in promises:
            proofs.setdefault(promise, []).append(test)
    for promise, tests in sorted(proofs.items()):
        sys.stdout.write("\n    ".join([promise, *sorted(set(tests))]) + "\n")


if __name__ == "__main__":
    print_map()
