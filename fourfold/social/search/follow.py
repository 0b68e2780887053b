"""Following hashtags, and no longer; forgotten with whoever did."""

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import Duplicate
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.refusals import Conflict, NotFound
from fourfold.ground.work import View, Work
from fourfold.social.people.ensure import ensure_person
from fourfold.social.search.documents import HASHTAG_FOLLOWS
from fourfold.social.search.queries import MOST_FOLLOWED, hashtags_followed_by
from fourfold.social.search.rules import wanted_tag


class NoSuchHashtag(NotFound):
    """404: nothing can be a hashtag of this name."""

    code = "social.no_such_hashtag"
    title = "There is no hashtag of this name"


class TooManyHashtags(Conflict):
    """409: whoever follows more than these follows everything."""

    code = "social.too_many_hashtags"
    title = f"At most {MOST_FOLLOWED} hashtags"


def checked_tag(text: str) -> str:
    """A hashtag as it is kept; raises `NoSuchHashtag`."""
    tag = wanted_tag(text)
    if not tag:
        raise NoSuchHashtag
    return tag


async def follow_hashtag(work: DocumentWork, text: str) -> None:
    """Follows a hashtag, whether or not anybody uses it yet; again it does nothing more."""
    tag = checked_tag(text)
    person = await ensure_person(work)
    kept = work.documents(HASHTAG_FOLLOWS)
    if await kept.exists({"by": person.id, "tag": tag}):
        return
    if await kept.count({"by": person.id}, MOST_FOLLOWED) >= MOST_FOLLOWED:
        raise TooManyHashtags
    try:
        await kept.insert({"by": person.id, "tag": tag, "at": work.now})
    except Duplicate as problem:
        raise TryAgain("it is being followed") from problem


async def unfollow_hashtag(work: DocumentWork, text: str) -> None:
    """Follows a hashtag no longer; without following it nothing happens."""
    await work.documents(HASHTAG_FOLLOWS).delete_one({"by": work.who.account, "tag": checked_tag(text)})


async def _tell(view: View, person: Person) -> Told:
    return Told(await hashtags_followed_by(DocumentView(view.house, view.who), person.account_id))


async def _erase(work: Work, person: Person) -> int:
    return await work.documents(HASHTAG_FOLLOWS).delete_many({"by": person.account_id})


FOLLOWED = PersonalData(
    "social.hashtags",
    "Hashtags that somebody follows",
    "Showing them what they are interested in.",
    "Nothing.",
    {"social.hashtag_follows.tag": "What they follow."},
    _tell,
    _erase,
)
