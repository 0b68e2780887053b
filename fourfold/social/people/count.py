"""The counts on a person: kept with what they count, in the same transaction."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING
from uuid import UUID

from fourfold.ground.bulk import UpdateOne
from fourfold.ground.collection import Collection
from fourfold.ground.document_work import DocumentWork
from fourfold.ground.work import Work
from fourfold.social.people.documents import PEOPLE

if TYPE_CHECKING:
    from fourfold.ground.documents import Documents


async def count_of_person(work: DocumentWork, person_id: UUID, **by: int) -> None:
    """Adds to counts of a person: `followers`, `following`, `friends`, `posts`."""
    changes = {f"counts.{name}": number for name, number in by.items() if number}
    if changes:
        await work.documents(PEOPLE).update_one({"_id": person_id}, {"$inc": changes})


async def add_counts(documents: "Callable[[Collection], Documents]", by: Mapping[UUID, Mapping[str, int]]) -> None:
    """Adds to counts of several people in a transaction."""
    moved = {person_id: {name: number for name, number in each.items() if number} for person_id, each in by.items()}
    await documents(PEOPLE).bulk(
        [
            UpdateOne({"_id": person_id}, {"$inc": {f"counts.{name}": number for name, number in each.items()}})
            for person_id, each in moved.items()
            if each
        ]
    )


async def set_counts(work: Work, counts: Mapping[UUID, Mapping[str, int]]) -> None:
    """Sets counts of people to what was counted, outside of any transaction: after an import."""
    await work.documents(PEOPLE).bulk(
        [
            UpdateOne({"_id": person_id}, {"$set": {f"counts.{name}": number for name, number in each.items()}})
            for person_id, each in counts.items()
        ],
        ordered=False,
    )
