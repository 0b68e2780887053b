"""Media of what is no more go, and those of people who leave, who are told of them before."""

from uuid import UUID

from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.media.documents import MEDIA
from fourfold.social.media.jobs import OnePerson, OnePost, erase_media, release_media
from fourfold.social.media.queries import media_told


async def forget_media_of(work: Work, post_id: UUID) -> None:
    """Has the media of a post removed in the background, unless other posts show them."""
    work.later(release_media, OnePost(post_id=post_id), once=f"social.media.release:{post_id}")


async def _tell(view: View, person: Person) -> Told:
    return Told(await media_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    """They are shown to nobody at once, and removed in the background; done again it finds nothing more."""
    theirs = {"by": person.account_id}
    number = await work.documents(MEDIA).count(theirs)
    if number:
        await work.documents(MEDIA).update_many(theirs, {"$set": {"state": "gone", "alt": "", "posts": []}})
        work.later(erase_media, OnePerson(person=person.account_id))
    return number


MEDIA_OF_PERSON = PersonalData(
    "social.media",
    "Pictures and videos of posts",
    "Showing what belongs to posts.",
    "Nothing.",
    {
        "social.media.by": "Who has sent it.",
        "social.media.alt": "What they say is to be seen on it.",
        "social.media.variants": "What is served of it: pictures and videos, without what the camera wrote.",
        "social.media.blurhash": "How it looks from far away.",
    },
    _tell,
    _erase,
)
