"""Who is not there for whom, as it was a second ago at most: what happens by somebody is hidden from these."""

from collections.abc import Collection, Iterable, Mapping
from time import monotonic
from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.ties.readers import cut_off_from

# So long it is believed, unless a change is told.
SECONDS = 1.0

Cut = Mapping[UUID, frozenset[UUID]]


class Cuts:
    """What one process knows of it."""

    def __init__(self) -> None:
        """Nothing yet."""
        self._known: dict[tuple[UUID, UUID], tuple[float, frozenset[UUID]]] = {}

    async def of(self, view: DocumentView, people: Collection[UUID]) -> Cut:
        """For each of these people, those for whom they are not there."""
        now, found, unknown = monotonic(), {}, []
        for person in people:
            known = self._known.get((view.who.tenant_id, person))
            if known is not None and known[0] > now:
                found[person] = known[1]
            else:
                unknown.append(person)
        if unknown:
            read = await cut_off_from(view, unknown)
            for person, others in read.items():
                found[person] = others
                self._known[view.who.tenant_id, person] = (now + SECONDS, others)
        return found

    def forget(self, tenant_id: UUID, people: Iterable[UUID]) -> None:
        """Something has changed between these people."""
        for person in people:
            self._known.pop((tenant_id, person), None)

    def tidy(self) -> None:
        """Forgets what is too old to be believed."""
        now = monotonic()
        self._known = {key: known for key, known in self._known.items() if known[0] > now}
