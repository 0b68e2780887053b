"""What must not be written down anywhere: where packages were fetched from, and folders of somebody's machine."""

import re
from pathlib import PurePosixPath

from tests.house.tree import ROOT, files

# Put together here, so that this file does not name what it looks for.
REGISTRIES = (
    "pypi" + ".org",
    "pypi.python" + ".org",
    "pythonhosted" + ".org",
    "registry.npm" + "js",
    "registry.yarn" + "pkg",
    "--index" + "-url",
    "--extra-index" + "-url",
    "--find" + "-links",
    "index_" + "url",
)
ADDRESS = re.compile(rb"[a-z]+:/" + rb"/")
MACHINE_FOLDERS = re.compile(rb"(?<![\w./-])/" + rb"(?:root|work/(?:main|shared|\.library)|home/[a-z]+|Users)/")


def contents() -> dict[PurePosixPath, bytes]:
    return {path: (ROOT / path).read_bytes() for path in files()}


def test_locks_hold_no_addresses() -> None:
    """Locks are names, versions and hashes: whichever index one machine met is nobody else's business."""
    locks = [path for path in files() if path.suffix == ".lock" or path.name == "package-lock.json"]
    assert locks
    assert [str(path) for path in locks if ADDRESS.search((ROOT / path).read_bytes())] == []


def test_no_file_names_a_registry() -> None:
    """Packages come from wherever the machine's own settings say."""
    named = [
        f"{path} names {registry}"
        for path, content in contents().items()
        for registry in REGISTRIES
        if registry.encode() in content
    ]
    assert named == []


def test_no_file_names_a_folder_of_one_machine() -> None:
    """Paths are seen from the repository or from the settings, never from one machine's root."""
    named = [
        f"{path}: {match.group().decode()}"
        for path, content in contents().items()
        for match in MACHINE_FOLDERS.finditer(content)
    ]
    assert named == []
