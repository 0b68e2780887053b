"""A file in batches, read ahead on a thread, so that the next products are parsed while the last ones are written."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
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
    """Products that follow each other in a file; `fingerprints` are those of the sound ones, by handle."""

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

    def add(self, entry: ImportedProduct | FaultyProduct) -> None:
        """Takes in the next product of the file."""
        self.entries.append(entry)
        if isinstance(entry, ImportedProduct):
            self.fingerprints[entry.handle] = fingerprint_of(entry)
            self.parts += len(entry.variants) + len(entry.images)
            self.characters += len(entry.description_html)
        else:
            self.parts += len(entry.problems)


class Batches:
    """The batches of a file behind its first `skip` products, always one ahead of whoever takes them."""

    def __init__(self, path: Path, currency: str, declared: Format, skip: int = 0) -> None:
        self._entries: Iterator[ImportedProduct | FaultyProduct] = islice(
            read_products(path, currency, declared), skip, None
        )
        self._fault: UnreadableFile | None = None
        self._ahead: asyncio.Task[Batch] | None = None

    async def next(self) -> Batch | None:
        """The next batch, None at the end; raises `UnreadableFile` behind the last one that could be read."""
        batch = await (self._ahead or self._begin())
        self._ahead = None
        if batch.entries:
            self._ahead = self._begin()
            return batch
        if self._fault is not None:
            raise self._fault
        return None

    async def close(self) -> None:
        """Waits until the thread has let go of the file."""
        if self._ahead is not None:
            await asyncio.wait([self._ahead])

    def _begin(self) -> asyncio.Task[Batch]:
        return asyncio.create_task(asyncio.to_thread(self._read))

    def _read(self) -> Batch:
        batch = Batch()
        try:
            for entry in self._entries:
                batch.add(entry)
                if batch.full:
                    break
        except UnreadableFile as why:
            self._fault = why
        return batch
