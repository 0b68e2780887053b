"""The spool: files that are written without waiting, and are anybody's once their writer is gone."""

from pathlib import Path

import pytest

from fourfold.ground import spool as spools
from fourfold.ground.spool import Spool, left_behind


def test_a_file_belongs_to_its_writer(tmp_path: Path) -> None:
    """B-41: nobody takes a file in hand while its writer lives, and only one at a time after that."""
    spool = Spool(tmp_path)
    assert spool.files() == []
    spool.write(b"one\n")
    (path,) = spool.files()
    with left_behind(path) as ours:
        assert not ours
    spool.close()
    with left_behind(path) as ours, left_behind(path) as others:
        assert (ours, others) == (True, False)
        assert path.read_bytes() == b"one\n"
    path.unlink()
    with left_behind(path) as ours:
        assert not ours


def test_large_files_are_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """B-41: a file that has grown is left to be counted and thrown away; the next one follows."""
    monkeypatch.setattr(spools, "ROTATE_AT", 8)
    spool = Spool(tmp_path)
    for _ in range(5):
        spool.write(b"four\n")
    assert sorted(path.stat().st_size for path in spool.files()) == [5, 10, 10]
    spool.close()


def test_requests_are_served_without_a_spool(tmp_path: Path) -> None:
    """B-41: when the folder cannot be written, nothing is raised."""
    (tmp_path / "usage").write_text("not a folder")
    spool = Spool(tmp_path)
    spool.write(b"one\n")
    spool.write(b"two\n")
    assert spool.name == ""
