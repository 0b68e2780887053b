"""The counts on a person: kept with what they count, in the same transaction."""

from uuid import UUID

from fourfold.ground.document_work import DocumentWork
from fourfold.social.people.documents import PEOPLE


async def count_of_person(work: DocumentWork, person_id: UUID, **by: int) -> None:
    """Adds to counts of a person: `followers`, `following`, `friends`, `posts`."""
    changes = {f"counts.{name}": number for name, number in by.items() if number}
    if changes:
        await work.documents(PEOPLE).update_one({"_id": person_id}, {"$inc": changes})
