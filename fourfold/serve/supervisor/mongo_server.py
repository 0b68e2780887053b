"""The document server's own program, told what its command line cannot say; it runs in an environment of its own.

Its first argument is how many seconds a transaction may be silent; the rest is what the program takes. As it runs as a
part of that program, this file may also be used under the GNU General Public License, version 2.
"""

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import secantus.cli  # type: ignore[import-not-found]  # not installed where types are checked
import secantus.server  # type: ignore[import-not-found]  # as above

# By then, in so many times the longest silence, transactions that began before a change of definitions have ended.
SETTLED_AFTER = 3
EVERYTHING = ("", "")
Place = tuple[str, str]


class Storage(secantus.server.Storage):  # type: ignore[misc]  # as above
    """Remembers what collections and keys are like: each command looks several times, and decodes them each time.

    Two thirds of the server's time went into that. Nothing is remembered while definitions change, nor until what a
    transaction may have seen or changed of them before is over; and nothing of what a transaction sees.
    """

    longest_silence = 0.0

    def __init__(self, *words: Any, **options: Any) -> None:
        """Nothing is known yet."""
        self._known: dict[tuple[str, str, str], Any] = {}
        self._unsettled: dict[Place, float] = {}
        self._guard = threading.Lock()
        super().__init__(*words, **options)

    def _remembered(self, kind: str, place: Place, read: Any) -> Any:
        known = self._known.get((kind, *place))
        if known is not None:
            return known
        began = time.monotonic()
        found = read()
        within = getattr(self._tls, "user_txn", None) is not None
        with self._guard:
            settled = max(self._unsettled.get(each, 0.0) for each in (place, EVERYTHING))
            if found is not None and not within and began > settled:
                self._known[kind, *place] = found
        return found

    @contextmanager
    def _changing(self, db: str, coll: str) -> Iterator[None]:
        self._forget((db, coll), float("inf"))
        try:
            yield
        finally:
            self._forget((db, coll), time.monotonic() + SETTLED_AFTER * self.longest_silence)

    def _forget(self, place: Place, until: float) -> None:
        with self._guard:
            self._unsettled[place] = until
            self._known = {key: each for key, each in self._known.items() if place not in (key[1:], EVERYTHING)}

    def _iter_indexes(self, db: str, coll: str) -> Any:
        return iter(self._remembered("keys", (db, coll), lambda: list(super(Storage, self)._iter_indexes(db, coll))))

    def _coll_options(self, db: str, coll: str) -> Any:
        found = self._remembered("options", (db, coll), lambda: super(Storage, self)._coll_options(db, coll))
        return None if found is None else dict(found)

    def get_profile(self, db: str) -> Any:
        return self._remembered("profile", (db, ""), lambda: super(Storage, self).get_profile(db))

    def _maybe_mark_multikey(self, db: str, coll: str, doc: Any, indexes: Any, already: set[str]) -> Any:
        before = set(already)
        marked = super()._maybe_mark_multikey(db, coll, doc, indexes, already)
        if set(marked) != before:
            self._forget((db, coll), time.monotonic() + SETTLED_AFTER * self.longest_silence)
        return marked


def _telling(name: str, *, one: bool) -> Any:
    """A method of the storage that says when it changes definitions: of one collection, or of all."""
    change = getattr(secantus.server.Storage, name)

    def method(self: Storage, *words: Any, **options: Any) -> Any:
        with self._changing(*(words[:2] if one else EVERYTHING)):
            return change(self, *words, **options)

    return method


for name in ("create_index", "drop_index", "set_index_expiry", "set_index_options", "drop_all_indexes"):
    setattr(Storage, name, _telling(name, one=True))
for name in ("_write_coll_options", "create_collection", "drop_collection"):
    setattr(Storage, name, _telling(name, one=True))
for name in ("drop_database", "rename_collection", "set_profile", "_recover_pending_drops_locked"):
    setattr(Storage, name, _telling(name, one=False))


class Server(secantus.cli.SecantusDBServer):  # type: ignore[misc]  # as above
    """Nobody follows its log of changes.

    With the log each write is written twice, and past 100,000 changes its oldest lines are looked for among all that
    were taken away: seconds for each thousand writes.
    """

    def __init__(self, **options: Any) -> None:
        """The same as from its command line."""
        super().__init__(transaction_lifetime_seconds=Storage.longest_silence, **options)
        self.storage.enable_oplog = False


if __name__ == "__main__":
    Storage.longest_silence = float(sys.argv.pop(1))
    secantus.server.Storage = Storage
    secantus.cli.SecantusDBServer = Server
    sys.exit(secantus.cli.main())
