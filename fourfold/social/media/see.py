"""Who sees a picture or a video: whoever sees a post that shows it; asked anew each time that it is served."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from fastapi import Request

from fourfold.contracts.core import Tenants
from fourfold.ground.contents import Content
from fourfold.ground.document_work import DocumentView
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Conflict, NotFound
from fourfold.ground.who import Who
from fourfold.social.media.link import opened_by
from fourfold.social.media.queries import medium_with_id
from fourfold.social.media.register import NoSuchMedium
from fourfold.social.media.rules import MAIN, UNFINISHED
from fourfold.social.visibility.posts import visible_posts
from fourfold.social.visibility.viewer import READ

# Asked about again each time: whoever may not see it any more does not see it out of what a browser keeps.
CACHED = "private, no-cache"


class NoSuchVariant(NotFound):
    """404: the picture or video is not there in this form."""

    code = "social.no_such_variant"
    title = "It is not there in this form"


class MediumNotReady(Conflict):
    """409: what is served of it is still being made."""

    code = "social.medium_not_ready"
    title = "It is still being made"


async def medium_for(view: DocumentView, file_id: UUID, viewer_id: UUID | None = None) -> dict[str, Any]:
    """A picture or video of the caller's (or of the viewer's), or of a post that they may see; raises `NoSuchMedium`.

    It takes as long to find that there is none as that there is none for them.
    """
    medium = await medium_with_id(view, file_id)
    if medium is not None and medium["by"] == (viewer_id or seer_in(view)):
        return medium
    posts = medium["posts"] if medium is not None and medium["posts"] else [file_id]
    seen = await visible_posts(view, posts, viewer_id)
    if medium is None or not seen:
        raise NoSuchMedium
    return medium


def seer_in(view: DocumentView) -> UUID | None:
    """As whom the caller looks; None as a visitor, as keys do that may not read posts."""
    return view.who.account_id if view.who.may(READ) else None


async def medium_asked_for(
    request: Request, file_id: UUID, expires: int | None, signature: str | None
) -> tuple[UUID, dict[str, Any]]:
    """Tenant and document of what a request may see, by its credential or by a link; raises `NoSuchMedium`."""
    house: House = request.app.state.house
    if signature is None:
        view = DocumentView(house, await request.app.state.identify(request))
        return view.who.tenant_id, await medium_for(view, file_id)
    opened = opened_by(house, file_id, expires or 0, signature)
    if opened is None or await _named_tenant(request) not in {None, opened.tenant_id}:
        raise NoSuchMedium
    view = DocumentView(house, Who(opened.tenant_id, ""))
    tenant = await view.ask(Tenants).facts_of(opened.tenant_id)
    if not tenant.is_active:
        raise NoSuchMedium
    return opened.tenant_id, await medium_for(view, file_id, opened.viewer_id)


async def _named_tenant(request: Request) -> UUID | None:
    try:
        who: Who = await request.app.state.identify(request)
    except BadRequest as refused:
        if refused.code != "tenant_required":
            raise
        return None
    return who.tenant_id


def content_of(tenant_id: UUID, medium: Mapping[str, Any], variant: str | None) -> Content:
    """What is served of it; raises `MediumNotReady` and `NoSuchVariant`."""
    if medium["state"] in UNFINISHED:
        raise MediumNotReady
    made = medium["variants"].get(variant or MAIN[medium["kind"]])
    if made is None:
        raise NoSuchVariant
    return Content(tenant_id, made["key"], made["bytes"], made["sha256"], made["type"], "inline", CACHED)
