"""What is installed from a wheel finds its files: all that is not code is declared as the package's data."""

import tomllib

from tests.house.tree import ROOT, files


def test_data_files_are_declared() -> None:
    """P-01: a mail or a layout that a glob forgets would be there in a checkout, and missing in an image."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    globs = settings["package-data"]["*"]
    data = [path for path in files() if path.parts[0] == "fourfold" and path.suffix != ".py"]
    assert len(data) > 5
    assert [str(path) for path in data if not any(path.match(glob) for glob in globs)] == []


def test_every_folder_is_packed() -> None:
    """P-01: folders without code, such as mails, are found too; only a name that is no identifier would be left out."""
    folders = {parent for path in files() if path.parts[0] == "fourfold" for parent in path.parents if parent.parts}
    assert [str(folder) for folder in folders if not all(part.isidentifier() for part in folder.parts)] == []
