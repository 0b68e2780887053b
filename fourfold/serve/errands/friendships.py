"""Importing a file of friendships by hand, from this machine's disk and with a bar that moves."""

import gzip
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.refusals import Invalid, NotFound
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.errands.by_hand import house_for_errand
from fourfold.social.ties.many import import_friendships


async def import_friendships_by_hand(
    settings: Settings, services: Sequence[Service], file: Path, slug: str, *, quiet: bool
) -> dict[str, Any]:
    """Imports the file for a tenant, and counts people, friendships and lines without two of them.

    A wrong name, or a file that is not text, is a `Refusal`.
    """
    async with house_for_errand(settings, services) as house:
        tenant = await tenant_with_slug(house.pool, slug)
        if tenant is None:
            reason = f"There is no tenant {slug}."
            raise NotFound(reason)
        desk = Desk(house, Who.system(tenant["id"], slug))
        with Progress(console=Console(stderr=True), disable=quiet) as bar:
            task = bar.add_task(file.name, total=1.0)
            try:
                done = await import_friendships(desk, lines_of(file), lambda part: bar.update(task, completed=part))
            except (UnicodeDecodeError, gzip.BadGzipFile, EOFError) as problem:
                raise Invalid(f"{file.name} is not text.") from problem
        return asdict(done)


def lines_of(file: Path) -> Iterator[str]:
    """The lines of a text file, which may be gzipped."""
    with gzip.open(file, "rt", encoding="utf-8") if file.suffix == ".gz" else file.open(encoding="utf-8") as opened:
        yield from opened
