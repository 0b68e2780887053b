"""Why a person sees a post, or does not."""

from uuid import UUID

from fourfold.ground.document_work import DocumentView
from fourfold.social.visibility.people import NoSuchPerson, person_for, person_named
from fourfold.social.visibility.posts import NoSuchPost, explain_post, own_post
from fourfold.social.visibility.shapes import ExplanationShape, StepShape

EXPLAIN = "social:visibility:read"


async def explain(view: DocumentView, post_id: UUID, viewer: str | None) -> ExplanationShape:
    """The verdict of the rules on a post and a viewer; raises as `own_post` does when it is not theirs to ask."""
    asks_of_all = view.who.may(EXPLAIN)
    if not asks_of_all:
        await own_post(view, post_id)
    verdict = await explain_post(view, post_id, await _viewer_id(view, viewer) if viewer else None)
    if verdict.reason == "missing":
        raise NoSuchPost
    if not asks_of_all and verdict.reason.startswith("cut"):
        return ExplanationShape(allow=False, reason="hidden", trace=[])
    trace = [StepShape.model_validate(step, from_attributes=True) for step in verdict.trace]
    return ExplanationShape(allow=verdict.allow, reason=verdict.reason, trace=trace)


async def _viewer_id(view: DocumentView, viewer: str) -> UUID:
    if not view.who.may(EXPLAIN):
        return (await person_for(view, viewer)).id
    person = await person_named(view, viewer)
    if person is None:
        raise NoSuchPerson
    return person.id
