"""Where things stand: floors, rooms, the few names of files in a room, and who may reach into whose tables."""

import ast
import sys
from collections import Counter
from pathlib import PurePosixPath

import pytest

from tests.house.tree import SYSTEMS, files, imports_of, package_sources, rooms, sources, tree_of

COMMANDS = {"cli.py", "command_line.py", "tenant_commands.py"}
TOP_FILES = {"__init__.py", "__main__.py", "py.typed", "services.py"} | COMMANDS
FLOORS = {"business", "commerce", "console", "contracts", "core", "data", "ground", "migrations", "serve", "social"}
ROOMS = {
    system: set(rooms.split())
    for system, rooms in {
        "core": (
            "access accounts audit background codes data_keys departures factors files invitations keys"
            " notices operators privacy recovery roles settings sign_in signing templates tenants uploads"
        ),
        "commerce": (
            "books carts catalog categories formats fulfilments gateway images imports insight letters orders"
            " papers payments payouts persons pricing refunds reviews search stock vendors"
        ),
        "social": (
            "bookmarks channels comments devices feeds gatherings graph groups limits media messages moderation mutes"
            " notifications people polls posts presence previews reactions reports search sockets texts ties visibility"
        ),
        "data": "analytics ingestion processing",
        "business": "connectors incidents privacy status tasks usage webhooks workflows",
    }.items()
}
SERVE_ROOMS = {"documents", "errands", "figures", "supervisor", "web", "worker"}
SYSTEM_FILES = {"__init__.py", "service.py"}
JUNK_DRAWERS = {"common", "helper", "helpers", "misc", "shared", "stuff", "util", "utils"}
WAYS_IN = {"api", "graphql", "live", "reactions"}
KEEPING = {"documents", "tables"}

# Parts of the standard library that reach out of the process, or answer differently each time.
IMPURE = {"asyncio", "ftplib", "glob", "http", "logging", "multiprocessing", "os", "pathlib", "random", "secrets"}
IMPURE |= {"shutil", "smtplib", "socket", "sqlite3", "ssl", "subprocess", "tempfile", "threading", "time"}
IMPURE |= {"urllib.request"}
PURE_LIBRARIES = {"babel", "dateutil", "markdown_it", "nh3", "orjson", "pydantic", "pyotp", "slugify"}
GROUND_FOR_RULES = {"clock", "ids", "money"}


def test_the_top_is_known() -> None:
    """The package opens on the floors and nothing else."""
    top = {path.parts[1] for path in files() if path.parts[0] == "fourfold"}
    assert top - TOP_FILES - FLOORS == set()


def test_rooms_are_known() -> None:
    """A new room is written down here first: a folder says that there is a subject."""
    unlisted = [str(room) for room in rooms() if room.parts[2] not in ROOMS[room.parts[1]]]
    assert unlisted == []


def test_a_system_holds_rooms() -> None:
    """Beside its rooms a system has only the file that describes it as a service."""
    loose = [
        str(path)
        for path in package_sources()
        if path.parts[1] in SYSTEMS and len(path.parts) == 3 and path.name not in SYSTEM_FILES
    ]
    assert loose == []


def test_depth_ends_in_the_room() -> None:
    """Paths end at fourfold/system/room/file.py; the other floors are flat, but for the one that makes processes."""
    roomy = {*SYSTEMS, "serve"}
    deep = [str(path) for path in package_sources() if len(path.parts) > (4 if path.parts[1] in roomy else 3)]
    assert deep == []


def test_processes_have_rooms() -> None:
    """Each part of serving has its room, of twelve files at most; only what joins them stands beside."""
    served = [path for path in package_sources() if path.parts[1] == "serve"]
    assert {path.parts[2] for path in served} == {*SERVE_ROOMS, "__init__.py", "wiring.py"}
    sizes = Counter(path.parts[2] for path in served if len(path.parts) > 3 and path.name != "__init__.py")
    assert {room: size for room, size in sizes.items() if size > 12} == {}


def test_no_junk_drawers() -> None:
    """Nothing is named for what it has in common with nothing."""
    named = [
        str(path)
        for path in sources("fourfold", "tests", "bench")
        if JUNK_DRAWERS & {*path.parts[:-1], *path.stem.split("_")}
    ]
    assert named == []


def test_tables_are_touched_in_their_own_room_only() -> None:
    """Another room asks by queries and acts: only a room's own files know how it is kept."""
    reached = [
        f"{path} imports {name}"
        for path in package_sources()
        for name in imports_of(path)
        if keeping_room(name) not in {None, path.parent.parts} and not lists_collections(path, name)
    ]
    assert reached == []


def lists_collections(path: PurePosixPath, module: str) -> bool:
    """Whether a system's own description names how its documents are kept: a database is shaped after that."""
    parts = module.split(".")
    return path.name == "service.py" and parts[1] == path.parts[1] and parts[3:4] == ["documents"]


def keeping_room(module: str) -> tuple[str, ...] | None:
    """Room whose way of keeping a dotted name is, or None: fourfold.commerce.orders.tables is that of orders."""
    parts = module.split(".")
    is_kept = len(parts) == 4 and parts[0] == "fourfold" and parts[1] in SYSTEMS and parts[3] in KEEPING
    return tuple(parts[:3]) if is_kept else None


def test_ways_in_do_not_touch_tables() -> None:
    """Routes, sockets and reactions call acts and queries; only those know the tables."""
    reached = [
        f"{path} imports {name}"
        for path in package_sources()
        if path.stem in WAYS_IN and path.parts[1] in SYSTEMS
        for name in imports_of(path)
        if keeping_room(name)
    ]
    assert reached == []


def test_only_processes_migrate() -> None:
    """The command line and the starting of processes bring a database up to date; systems never do."""
    callers = [
        f"{path} imports {name}"
        for path in package_sources()
        if path.parts[1] not in {"cli.py", "serve"}
        for name in imports_of(path)
        if name.startswith("fourfold.migrations")
    ]
    assert callers == []


@pytest.mark.parametrize("path", [path for path in package_sources() if path.stem == "rules"], ids=str)
def test_rules_are_pure(path: PurePosixPath) -> None:
    """Rules decide with what they are given: no database, no network, no clock of their own, and so all they import."""
    assert impurities(path, set()) == []


def impurities(path: PurePosixPath, seen: set[PurePosixPath]) -> list[str]:
    """Imports that reach out of the process, in a file and in the files of the five systems that it stands on."""
    seen.add(path)
    found = []
    for name in imports_of(path):
        source = source_of(name)
        if source is None and not is_pure(name):
            found.append(f"{path} imports {name}")
        elif source is not None and source not in seen:
            found += impurities(source, seen)
    return found


def source_of(module: str) -> PurePosixPath | None:
    """File of a module in one of the five systems: fourfold.commerce.pricing.rules.price_lines is in rules.py."""
    parts = module.split(".")
    if parts[0] != "fourfold" or parts[1:2] == [] or parts[1] not in SYSTEMS:
        return None
    source = PurePosixPath(*parts[:3], f"{parts[3]}.py") if len(parts) > 3 else PurePosixPath(*parts, "__init__.py")
    return source if source in files() else PurePosixPath(*parts[:3], "__init__.py")


def is_pure(module: str) -> bool:
    parts = module.split(".")
    if parts[0] != "fourfold":
        impure = parts[0] in IMPURE or ".".join(parts[:2]) in IMPURE
        return not impure and (parts[0] in sys.stdlib_module_names or parts[0] in PURE_LIBRARIES)
    return parts[1:2] == ["contracts"] or (parts[1:2] == ["ground"] and set(parts[2:3]) <= GROUND_FOR_RULES)


def test_only_the_command_line_imports_late() -> None:
    """Imports stand at the top, except for commands, whose help must not pay for what it does not run."""
    late = [
        f"{path}:{inner.lineno}"
        for path in package_sources()
        if str(path) not in {f"fourfold/{name}" for name in COMMANDS}
        for outer in ast.walk(tree_of(path))
        if isinstance(outer, ast.FunctionDef | ast.AsyncFunctionDef)
        for inner in ast.walk(outer)
        if isinstance(inner, ast.Import | ast.ImportFrom)
    ]
    assert late == []
