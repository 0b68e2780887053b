"""Threads of erased posts are muted no longer; what people have muted is told to them, and goes with them."""

from functools import partial
from uuid import UUID

from fourfold.ground.again import until_done
from fourfold.ground.personal import Person, PersonalData, Told
from fourfold.ground.work import View, Work
from fourfold.social.mutes.documents import MUTES
from fourfold.social.mutes.keep import decide_by
from fourfold.social.mutes.queries import muted_told


async def forget_thread(work: Work, post_id: UUID) -> None:
    """Keeps nothing more about a post; done again it finds nothing."""
    thread = {"kind": "thread", "what": str(post_id)}
    for person in {row["by"] async for row in work.documents(MUTES).each(thread, fields=["by"])}:
        await until_done(partial(_forget, work, {**thread, "by": person}, person))


async def _forget(work: Work, wanted: dict[str, object], person: UUID) -> int:
    async with work.story() as documents:
        gone = await documents(MUTES).delete_many(wanted)
        await decide_by(documents, person)
        return gone


async def _tell(view: View, person: Person) -> Told:
    return Told(await muted_told(view, person.account_id))


async def _erase(work: Work, person: Person) -> int:
    return await until_done(partial(_forget, work, {"by": person.account_id}, person.account_id))


MUTED = PersonalData(
    "social.mutes",
    "Words and threads that somebody does not want to meet",
    "Keeping them away from them.",
    "Nothing.",
    {
        "social.mutes.by": "Who has muted it.",
        "social.mutes.text": "Which word.",
        "social.mutes.what": "Which word, or the post of which thread.",
    },
    _tell,
    _erase,
)
