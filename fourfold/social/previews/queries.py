"""Reads of previews."""

from collections.abc import Collection, Iterable
from typing import Any

from fourfold.ground.configuration import Setting
from fourfold.ground.document_work import DocumentView
from fourfold.ground.filters import one_of
from fourfold.ground.touched import things
from fourfold.social.previews.documents import PREVIEWS
from fourfold.social.previews.rules import digest_of

MOST_AT_ONCE = 1_000

LINK_PREVIEWS: Setting[bool] = Setting(
    "social.link_previews",
    bool,
    default=True,
    title="Whether pages to which public posts lead are fetched, and shown with them",
)


async def are_wanted(view: DocumentView) -> bool:
    """Whether the tenant wants previews."""
    return await view.house.configuration.value(view.who.tenant_id, LINK_PREVIEWS)


async def previews_shown(view: DocumentView, links: Collection[str]) -> dict[str, dict[str, Any]]:
    """What is shown of the pages at these addresses; nothing where the tenant does not want any."""
    if not links or not await are_wanted(view):
        return {}
    wanted = {"digest": one_of([digest_of(each) for each in sorted(links)]), "state": "ready"}
    rows = await view.documents(PREVIEWS).find(wanted, limit=MOST_AT_ONCE)
    return {row["url"]: row for row in rows}


def things_of_previews(links: Iterable[str]) -> set[str]:
    """What is touched (`ground.touched`) with a change of what is known of the pages at these addresses."""
    digests = {digest_of(each) for each in links}
    return things(PREVIEWS, digests) if digests else digests


async def preview_of(view: DocumentView, link: str) -> dict[str, Any] | None:
    """What is kept of the page at an address, whether it was there or not."""
    return await view.documents(PREVIEWS).find_one({"digest": digest_of(link)})
