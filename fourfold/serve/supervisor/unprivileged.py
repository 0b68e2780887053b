"""The account that PostgreSQL runs as when we are root, and the folders opened to it, as little as it needs."""

from __future__ import annotations

import contextlib
import functools
import os
import pwd
import shutil
import stat
import subprocess
from pathlib import Path

from fourfold.serve.supervisor.children import ChildFailed, SystemUser


@functools.cache
def unprivileged_user() -> SystemUser:
    """The account `embedded_postgres`, made when it is missing; raise `ChildFailed` when it cannot be made."""
    name = "embedded_postgres"
    useradd = shutil.which("useradd", path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    with contextlib.suppress(KeyError):
        return _account(name)
    if useradd is None:
        raise ChildFailed(f"PostgreSQL refuses root: create the account {name} or run Fourfold as an ordinary user.")
    # Two that start at once both try; the account counts, not who made it.
    command = [useradd, "--system", "--no-create-home", "--shell", "/usr/sbin/nologin", name]
    made = subprocess.run(command, capture_output=True, text=True, check=False)
    try:
        return _account(name)
    except KeyError:
        told = made.stderr.strip()
        raise ChildFailed(f"PostgreSQL refuses root and the account {name} cannot be made: {told}") from None


def _account(name: str) -> SystemUser:
    found = pwd.getpwnam(name)
    return SystemUser(name, found.pw_uid, found.pw_gid)


def _may_pass(user: SystemUser, found: os.stat_result) -> bool:
    if found.st_uid == user.uid:
        return bool(found.st_mode & stat.S_IXUSR)
    if found.st_gid == user.gid:
        return bool(found.st_mode & stat.S_IXGRP)
    return bool(found.st_mode & stat.S_IXOTH)


def let_through(user: SystemUser, folder: Path) -> None:
    """Let the account pass, but not list, a folder of ours; those above it open to passing only where they must."""
    found = folder.stat()
    if not _may_pass(user, found):
        os.chown(folder, -1, user.gid)
        folder.chmod(stat.S_IMODE(found.st_mode) | stat.S_IXGRP)
    for above in folder.parents:
        mode = above.stat()
        if not _may_pass(user, mode):
            above.chmod(stat.S_IMODE(mode.st_mode) | stat.S_IXOTH)


def share_programs(user: SystemUser, wheel: Path) -> None:
    """Let the account run the programs of a wheel, which an installation under a strict umask hides."""
    let_through(user, wheel)
    if (wheel / "pginstall" / "bin" / "postgres").stat().st_mode & stat.S_IROTH:
        return
    for root in (wheel / "pginstall", wheel.with_name(f"{wheel.name}.libs")):
        for path in (root, *root.rglob("*")):
            mode = stat.S_IMODE(path.stat().st_mode)
            path.chmod(mode | stat.S_IROTH | (stat.S_IXOTH if mode & stat.S_IXUSR else 0))
