"""The tree as the house tests read it: files, their places and their imports."""

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[2]
SYSTEMS = ("core", "commerce", "social", "data", "business")


@cache
def files() -> tuple[PurePosixPath, ...]:
    """Every file that git tracks or would track, seen from the root of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    names = {name for name in listed.stdout.decode().split("\0") if name}
    return tuple(sorted(PurePosixPath(name) for name in names if (ROOT / name).is_file()))


def sources(*folders: str) -> list[PurePosixPath]:
    """Python files below the named folders."""
    return [path for path in files() if path.suffix == ".py" and path.parts[0] in folders]


def package_sources() -> list[PurePosixPath]:
    """Python files of the package, without the migrations: those are history, written once."""
    return [path for path in sources("fourfold") if path.parts[1] != "migrations"]


@cache
def text_of(path: PurePosixPath) -> str:
    return (ROOT / path).read_text(encoding="utf-8")


@cache
def tree_of(path: PurePosixPath) -> ast.Module:
    return ast.parse(text_of(path), str(path))


def imports_of(path: PurePosixPath) -> Iterator[str]:
    """Dotted names that a file imports: `from a.b import c` gives both a.b and a.b.c, for c may be a module."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def rooms() -> dict[PurePosixPath, list[PurePosixPath]]:
    """Rooms of the five systems, `fourfold/commerce/orders`, each with its Python files."""
    found: dict[PurePosixPath, list[PurePosixPath]] = {}
    for path in package_sources():
        if path.parts[1] in SYSTEMS and len(path.parts) > 3:
            found.setdefault(PurePosixPath(*path.parts[:3]), []).append(path)
    return found
