"""What people have reported is told to them; with them goes what tells of them, whoever has reported whom."""

from fourfold.ground.ids import new_id
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.reports.documents import REPORTS
from fourfold.social.reports.queries import reports_told


async def _tell(view: View, person: Person) -> Told:
    """Not what others have reported of them: that would tell who did."""
    return Told(await reports_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    """What they were reported for goes with its evidence; what they have reported stays without them and their words.

    Done again it finds nothing more.
    """
    kept, them = work.documents(REPORTS), person.account_id
    number = await kept.delete_many({"about": them})
    async for row in kept.each({"by": them}, fields=["by"]):
        # Each by nobody in particular, so that they do not meet each other.
        done = await kept.update_one(
            {"_id": row["_id"]}, {"$set": {"by": new_id(), "text": ""}, "$inc": {"version": 1}}
        )
        number += done.modified
    return number + (await kept.update_many({"closed_by": them}, {"$set": {"closed_by": None}})).modified


REPORTED = PersonalData(
    "social.reports",
    "Reports to moderators",
    "Finding out what is wrong in the community.",
    "What they have reported about others, without who they are and their own words.",
    {
        "social.reports.by": "Who has reported it.",
        "social.reports.text": "What they said about it.",
        "social.reports.about": "Whose it is.",
        "social.reports.evidence": "What it said then.",
        "social.reports.closed_by": "Who has decided on it.",
    },
    _tell,
    _erase,
)
