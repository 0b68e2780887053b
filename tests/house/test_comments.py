"""What is said beside the code: an opening sentence in each file, and a reason for each exception to a check."""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import PurePosixPath

from tests.house.tree import package_sources, sources, text_of, tree_of

SENTENCE_END = re.compile(r"[.?!:]$")
EXCEPTION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma:\s*no (?:cover|branch)|nosec|fmt:\s*off)")
REASONED = re.compile(
    r"# noqa: [A-Z]+[0-9]+(?:, ?[A-Z]+[0-9]+)*(?: -|  #) \S.*"
    r"|# type: ignore\[[a-z-]+(?:, ?[a-z-]+)*\]  # \S.*"
    r"|# pragma: no (?:cover|branch) - \S.*"
)
LEFTOVER = re.compile(r"\b(?:TODO|FIXME|XXX|HACK)\b")


def comments_of(path: PurePosixPath) -> Iterator[tuple[int, str]]:
    for token in tokenize.generate_tokens(io.StringIO(text_of(path)).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def opening_of(path: PurePosixPath) -> str:
    """First paragraph of a file's docstring, on one line."""
    said = ast.get_docstring(tree_of(path)) or ""
    return " ".join(said.split("\n\n")[0].split())


def test_each_file_opens_with_a_sentence() -> None:
    """Each file says at the top what lives there; an empty __init__.py says nothing."""
    wordless = [
        str(path)
        for path in [*package_sources(), *sources("tests", "bench")]
        if text_of(path).strip() and not SENTENCE_END.search(opening_of(path))
    ]
    assert wordless == []


def test_exceptions_have_reasons() -> None:
    """`# noqa: S608 - reason` and `# type: ignore[misc]  # reason`: an exception without a reason is a leftover."""
    bare = [
        f"{path}:{line} {comment}"
        for path in sources("fourfold", "tests", "bench", "requirements")
        for line, comment in comments_of(path)
        if EXCEPTION.search(comment) and not REASONED.search(comment)
    ]
    assert bare == []


def test_no_leftovers() -> None:
    """Work that is not done is not in the tree."""
    left = [
        f"{path}:{line} {comment}"
        for path in sources("fourfold", "tests", "bench", "requirements")
        for line, comment in comments_of(path)
        if LEFTOVER.search(comment)
    ]
    assert left == []
