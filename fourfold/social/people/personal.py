"""What the community knows of a person is told to them, and forgotten."""

from typing import Any

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.people.documents import CLAIMS, PEOPLE

_TOLD = (
    "handle", "name", "bio", "links", "location", "visibility", "state", "badge", "settings", "fields", "counts",
    "created_at",
)  # fmt: skip
MOST_HANDLES = 1000


async def _tell(view: View, person: Person) -> Told:
    row = await view.documents(PEOPLE).find_one({"_id": person.account_id})
    if row is None or row["state"] == "erased":
        return Told(None)
    claims = await view.documents(CLAIMS).find({"person": person.account_id}, limit=MOST_HANDLES)
    handles = sorted(each["handle"] for each in claims)
    return Told({**{name: row.get(name) for name in _TOLD}, "handles": handles})


async def _erase(work: Work, person: Person) -> int:
    """Leaves a place without a name, so that whoever still holds a token does not become a new person."""
    nobody: dict[str, Any] = {
        "handle": f"erased_{person.account_id.hex[-12:]}", "name": "", "bio": "", "links": [], "location": "",
        "avatar": None, "cover": None, "visibility": "protected", "state": "erased", "badge": None, "settings": {},
        "fields": {}, "words": [], "created_at": work.now,
        "counts": {"followers": 0, "following": 0, "friends": 0, "posts": 0},
    }  # fmt: skip
    async with work.story() as documents:
        handles = await documents(CLAIMS).delete_many({"person": person.account_id})
        known = await documents(PEOPLE).find_one({"_id": person.account_id})
        if known is None or known["state"] == "erased":
            return handles
        await documents(PEOPLE).update_one({"_id": person.account_id}, {"$set": nobody, "$inc": {"version": 1}})
        return handles + 1


PERSON = PersonalData(
    "social.people",
    "The profile in the community",
    "Showing others who takes part, and letting them be found.",
    "Nothing but the account's id, so that nobody else takes its place.",
    {
        "social.people.handle": "What they are called in the community.",
        "social.people.name": "Their name.",
        "social.people.bio": "What they tell of themselves.",
        "social.people.links": "Addresses they show.",
        "social.people.location": "Where they say they are.",
        "social.people.avatar": "The file that is their picture.",
        "social.people.cover": "The file above their profile.",
        "social.people.settings": "Who may do and see what.",
        "social.claims.handle": "What they are and were called.",
    },
    _tell,
    _erase,
)
