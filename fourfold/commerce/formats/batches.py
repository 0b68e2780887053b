"""A file in batches, read ahead on a thread, so that the next products are parsed while the last ones are written."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from fourfold.commerce.formats.imported import FaultyProduct, ImportedProduct, UnreadableFile
from fourfold.commerce.formats.readers import Format, read_products
from fourfold.commerce.formats.rules import fingerprint_of

MOST_PRODUCTS = 500
# Products differ by a factor of hundreds in what they bring along; a batch is one transaction and stays a short one.
MOST_PARTS = 4_000
MOST_CHARACTERS = 4_000_000


@dataclass(slots=True)
class Batch:
    """Products that follow each other in a file, from place `first` (counted from 0) to before `end`.

    `fingerprints` are those of the sound ones, by handle.
    """

    first: int = 0
    end: int = 0
    entries: list[ImportedProduct | FaultyProduct] = field(default_factory=list)
    fingerprints: dict[str, str] = field(default_factory=dict)
    parts: int = 0
    characters: int = 0

    @property
    def line(self) -> int:
        """Where its last product begins."""
        return self.entries[-1].line

    @property
    def full(self) -> bool:
        """Whether the next product belongs to the next batch."""
        return len(self.entries) >= MOST_PRODUCTS or self.parts >= MOST_PARTS or self.characters >= MOST_CHARACTERS

    def add(self, place: int, entry: ImportedProduct | FaultyProduct) -> None:
        """Takes in the next product of the file."""
        self.first, self.end = (self.first if self.entries else place), place + 1
        self.entries.append(entry)
        if isinstance(entry, ImportedProduct):
            self.fingerprints[entry.handle] = fingerprint_of(entry)
            self.parts += len(entry.variants) + len(entry.images)
            self.characters += len(entry.description_html)
        else:
            self.parts += len(entry.problems)


class Batches:
    """The batches of a file without the places that are `done`, always one ahead of whoever takes them."""

    def __init__(self, path: Path, currency: str, declared: Format, done: Sequence[range] = ()) -> None:
        self.fault: UnreadableFile | None = None
        self._entries: Iterator[tuple[int, ImportedProduct | FaultyProduct]] = (
            (place, entry)
            for place, entry in enumerate(read_products(path, currency, declared))
            if not any(place in each for each in done)
        )
        self._ahead: asyncio.Task[Batch] | None = None

    async def next(self) -> Batch | None:
        """The next batch; None at the end, which is where the `fault` stands if there is one."""
        self._ahead = self._ahead or self._begin()
        # Whoever is cancelled here leaves the thread running; `close` waits for it.
        batch = await asyncio.shield(self._ahead)
        self._ahead = self._begin() if batch.entries else None
        return batch if batch.entries else None

    async def close(self) -> None:
        """Waits until the thread has let go of the file."""
        if self._ahead is not None:
            await asyncio.wait([self._ahead])

    def _begin(self) -> asyncio.Task[Batch]:
        return asyncio.create_task(asyncio.to_thread(self._read))

    def _read(self) -> Batch:
        batch = Batch()
        try:
            for place, entry in self._entries:
                batch.add(place, entry)
                if batch.full:
                    break
        except UnreadableFile as why:
            self.fault = why
        return batch
