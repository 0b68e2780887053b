"""Environments made from the locks: `.venv` (app or dev) and those apart, redone only when their lock has changed.

Runs on any Python 3.11 or later with nothing installed: `python requirements/sync.py app|dev|s3|mongo|node` makes
environments, and `python requirements/sync.py lock [names]` writes the locks themselves.
"""

import compileall
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

# Programs of their own, whose dependencies are none of the application's.
APART = ("s3", "mongo")
# In this order: dev.in is held to what app.lock says.
LOCKS = ("uv", "app", "dev", *APART)

ROOT = Path(__file__).resolve().parent.parent
# The official JavaScript clients, against which the sockets are tested.
CLIENTS = ROOT / "tests" / "social" / "sockets" / "client"

# Written by hand instead of by an editable install, which would need a build back end on the machine.
# The second line lets sh find the interpreter: a #! line breaks on long paths and on paths with spaces.
CONSOLE_SCRIPT = """#!/bin/sh
'''exec' "{python}" "$0" "$@"
' '''
import sys

from fourfold.cli import main

sys.exit(main())
"""


def bring_up(kind: str) -> None:
    """Bring one environment up to its lock; a dev environment stays one when only the app is asked for."""
    folder = ROOT / (f".venv-{kind}" if kind in APART else ".venv")
    if kind == "app" and (folder / ".synced-dev").exists():
        kind = "dev"
    lock = ROOT / "requirements" / f"{kind}.lock"
    stamp = folder / f".synced-{kind}"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        sync(folder, lock)
        stamp.write_text(wanted)
    if kind not in APART:
        point_at_the_package(folder)
        # Start-up costs 3.5 times as much without bytecode, and PYTHONDONTWRITEBYTECODE may be set where it runs.
        compileall.compile_dir(ROOT / "fourfold", quiet=1)


def bring_up_clients() -> None:
    """Install the JavaScript clients that the sockets are tested with, where there is npm."""
    npm, lock = shutil.which("npm"), CLIENTS / "package-lock.json"
    stamp = CLIENTS / "node_modules" / ".synced"
    if npm is None or not lock.exists():
        print("No npm: the official JavaScript clients are not tested here", flush=True)
        return
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    if not (stamp.exists() and stamp.read_text() == wanted):
        run(npm, "ci", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", str(CLIENTS))
        stamp.write_text(wanted)


def sync(folder: Path, lock: Path) -> None:
    """Make the environment when it is missing, and install exactly what the lock names."""
    print(f"Installing {lock.relative_to(ROOT)} into {folder.name}/", flush=True)
    uv = find_uv()
    python = folder / "bin" / "python"
    if not python.exists():
        run(uv, "venv", "--quiet", "--no-project", "--clear", "--python", sys.executable, str(folder))
    for stamp in folder.glob(".synced-*"):
        stamp.unlink()
    install = ("pip", "sync", "--quiet", "--python", str(python), "--compile-bytecode", "--require-hashes")
    run(uv, *install, str(lock))


def lock(*asked: str) -> None:
    """Write the named locks, or every one, from their .in files: names, versions and hashes, and no addresses."""
    uv = find_uv()
    form = ("--universal", "--python-version", "3.11", "--generate-hashes", "--no-header", "--no-annotate", "--quiet")
    options = [word for word in asked if word.startswith("-")]
    for name in [name for name in LOCKS if name in asked] or LOCKS:
        wanted, written = f"requirements/{name}.in", f"requirements/{name}.lock"
        run(uv, "pip", "compile", *form, *options, wanted, "--output-file", written)


def find_uv() -> str:
    """Path of a working uv: the one on PATH, else a locked one of our own in `.uv/`."""
    found = shutil.which("uv")
    # A version manager leaves a stand-in on PATH which refuses to run: ask before trusting it.
    if found and subprocess.run([found, "--version"], capture_output=True, check=False).returncode == 0:
        return found
    own = ROOT / ".uv" / "bin" / "uv"
    if not own.exists():
        print("Installing uv into .uv/", flush=True)
        run(sys.executable, "-m", "venv", "--clear", str(ROOT / ".uv"))
        python = str(ROOT / ".uv" / "bin" / "python")
        lock = str(ROOT / "requirements" / "uv.lock")
        run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--require-hashes", "-r", lock)
    return str(own)


def run(*command: str) -> None:
    """Run a program of the installation; its own words are the error message when it fails."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    environment.pop("VIRTUAL_ENV", None)
    if subprocess.run(command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, check=False).returncode:
        sys.exit(f"Failed: {' '.join(command)}")


def point_at_the_package(folder: Path) -> None:
    """Give the environment the `fourfold` command and the package, in place."""
    python = folder / "bin" / "python"
    script = folder / "bin" / "fourfold"
    [site_packages] = folder.glob("lib/python3.*/site-packages")
    write_when_changed(site_packages / "fourfold.pth", f"{ROOT}\n")
    if write_when_changed(script, CONSOLE_SCRIPT.format(python=python)):
        script.chmod(0o755)


def write_when_changed(path: Path, text: str) -> bool:
    """Write a small file unless it already says so; tells whether it wrote."""
    if path.exists() and path.read_text() == text:
        return False
    path.write_text(text)
    return True


if __name__ == "__main__":
    if sys.argv[1] == "lock":
        lock(*sys.argv[2:])
    elif sys.argv[1] == "node":
        bring_up_clients()
    else:
        bring_up(sys.argv[1])
