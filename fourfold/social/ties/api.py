"""Ways in to ties: following, being friends, blocking, muting, and the lists of all these."""

from typing import Annotated
from uuid import UUID

from fastapi import Path, Query

from fourfold.ground.answers import problems
from fourfold.ground.document_work import DocumentView, DocumentWork
from fourfold.ground.door import may, room_router
from fourfold.ground.pages import Cursor, Limit, Page
from fourfold.social.ties import befriend, block, follow, lists
from fourfold.social.ties.befriend import AskFriend, Direction
from fourfold.social.ties.shapes import (
    FollowRequestShape,
    FriendRequestShape,
    MutualsShape,
    SuggestionShape,
    TieShape,
)
from fourfold.social.visibility.shapes import ShownPerson

router = room_router("/v1/social", "ties")

Reading = Annotated[DocumentView, may("social:ties:read", opens=DocumentView)]
Tying = Annotated[DocumentWork, may("social:ties:write", opens=DocumentWork)]
Handle = Annotated[str, Path(min_length=1, max_length=64, description="Their handle, or their id.")]


@router.put("/people/{handle}/follow", summary="Follow a person", responses=problems(401, 403, 404, 409))
async def follow_here(handle: Handle, work: Tying) -> TieShape:
    """Follows somebody at once, or asks them to when they are protected. Again it does nothing more."""
    return await follow.follow(work, handle)


@router.delete(
    "/people/{handle}/follow", status_code=204, summary="Unfollow a person", responses=problems(401, 403, 404, 409)
)
async def unfollow_here(handle: Handle, work: Tying) -> None:
    """Follows somebody no longer, or takes the request for it back; without either nothing happens."""
    await follow.unfollow(work, handle)


@router.delete(
    "/people/{handle}/follower", status_code=204, summary="Remove a follower", responses=problems(401, 403, 404, 409)
)
async def remove_follower_here(handle: Handle, work: Tying) -> None:
    """Has somebody follow the caller no longer; they are not told."""
    await follow.remove_follower(work, handle)


@router.get("/follow-requests", summary="List follow requests", responses=problems(401, 403))
async def list_follow_requests_here(
    view: Reading, limit: Limit = 20, cursor: Cursor = None
) -> Page[FollowRequestShape]:
    """Who asks to follow the caller, the last one first."""
    return await lists.follow_requests_page(view, cursor, limit)


@router.post(
    "/follow-requests/{follow_request_id}/accept",
    summary="Accept a follow request",
    responses=problems(401, 403, 404),
)
async def accept_follower_here(follow_request_id: UUID, work: Tying) -> TieShape:
    """Lets somebody follow the caller who has asked to. Again it does nothing more."""
    return await follow.accept_follower(work, follow_request_id)


@router.post(
    "/follow-requests/{follow_request_id}/decline",
    status_code=204,
    summary="Decline a follow request",
    responses=problems(401, 403, 404, 409),
)
async def decline_follower_here(follow_request_id: UUID, work: Tying) -> None:
    """Does not let somebody follow the caller who has asked to; they are not told."""
    await follow.decline_follower(work, follow_request_id)


@router.post("/friend-requests", status_code=201, summary="Ask to be friends", responses=problems(401, 403, 404, 409))
async def ask_friend_here(ask: AskFriend, work: Tying) -> FriendRequestShape:
    """Asks somebody to be friends. If they have asked as well, the two are friends from then on."""
    return await befriend.ask_friend(work, ask)


@router.get("/friend-requests", summary="List friend requests", responses=problems(401, 403))
async def list_friend_requests_here(
    view: Reading,
    direction: Annotated[Direction, Query(description="Those that the caller has received, or sent.")] = "received",
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[FriendRequestShape]:
    """Requests that wait for an answer, the last one first."""
    return await lists.friend_requests_page(view, direction, cursor, limit)


@router.post(
    "/friend-requests/{friend_request_id}/accept", summary="Accept a friend request", responses=problems(401, 403, 404)
)
async def accept_friend_here(friend_request_id: UUID, work: Tying) -> FriendRequestShape:
    """Says yes to a request that the caller has received. Again it does nothing more."""
    return await befriend.accept_friend(work, friend_request_id)


@router.post(
    "/friend-requests/{friend_request_id}/decline",
    summary="Decline a friend request",
    responses=problems(401, 403, 404, 409),
)
async def decline_friend_here(friend_request_id: UUID, work: Tying) -> FriendRequestShape:
    """Says no to a request that the caller has received."""
    return await befriend.decline_friend(work, friend_request_id)


@router.delete(
    "/friend-requests/{friend_request_id}",
    status_code=204,
    summary="Withdraw a friend request",
    responses=problems(401, 403, 404, 409),
)
async def withdraw_request_here(friend_request_id: UUID, work: Tying) -> None:
    """Takes a request back that the caller has sent."""
    await befriend.withdraw_request(work, friend_request_id)


@router.delete(
    "/people/{handle}/friend", status_code=204, summary="End a friendship", responses=problems(401, 403, 404, 409)
)
async def unfriend_here(handle: Handle, work: Tying) -> None:
    """Is friends with somebody no longer; without a friendship nothing happens."""
    await befriend.unfriend(work, handle)


@router.put("/people/{handle}/block", status_code=204, summary="Block a person", responses=problems(401, 403, 404, 409))
async def block_here(handle: Handle, work: Tying) -> None:
    """Neither is there for the other from now on, anywhere; what was between them ends. They are not told."""
    await block.block(work, handle)


@router.delete(
    "/people/{handle}/block", status_code=204, summary="Unblock a person", responses=problems(401, 403, 404, 409)
)
async def unblock_here(handle: Handle, work: Tying) -> None:
    """Takes the caller's block back; what was between the two before does not come back with it."""
    await block.unblock(work, handle)


@router.get("/blocks", summary="List blocked people", responses=problems(401, 403))
async def list_blocks_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[ShownPerson]:
    """Whom the caller blocks."""
    return await lists.set_apart_page(view, "block", cursor, limit)


@router.put("/people/{handle}/mute", summary="Mute a person", responses=problems(401, 403, 404, 409))
async def mute_here(handle: Handle, work: Tying) -> TieShape:
    """Keeps somebody out of the caller's feed and notifications; they are not told."""
    return await block.mute(work, handle, muted=True)


@router.delete(
    "/people/{handle}/mute", status_code=204, summary="Unmute a person", responses=problems(401, 403, 404, 409)
)
async def unmute_here(handle: Handle, work: Tying) -> None:
    """Hears from somebody again."""
    await block.mute(work, handle, muted=False)


@router.get("/mutes", summary="List muted people", responses=problems(401, 403))
async def list_mutes_here(view: Reading, limit: Limit = 20, cursor: Cursor = None) -> Page[ShownPerson]:
    """Whom the caller has muted."""
    return await lists.set_apart_page(view, "mute", cursor, limit)


@router.get("/people/{handle}/followers", summary="List followers", responses=problems(401, 403, 404))
async def list_followers_here(
    handle: Handle, view: Reading, limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownPerson]:
    """Who follows a person, as far as both let the caller see their connections."""
    return await lists.connections_page(view, handle, "followers", cursor, limit)


@router.get("/people/{handle}/following", summary="List whom a person follows", responses=problems(401, 403, 404))
async def list_following_here(
    handle: Handle, view: Reading, limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownPerson]:
    """Whom a person follows, as far as both let the caller see their connections."""
    return await lists.connections_page(view, handle, "following", cursor, limit)


@router.get("/people/{handle}/friends", summary="List friends", responses=problems(401, 403, 404))
async def list_friends_here(
    handle: Handle, view: Reading, limit: Limit = 20, cursor: Cursor = None
) -> Page[ShownPerson]:
    """A person's friends, as far as both let the caller see their connections."""
    return await lists.connections_page(view, handle, "friends", cursor, limit)


@router.get("/people/{handle}/mutuals", summary="List mutual friends", responses=problems(401, 403, 404))
async def list_mutuals_here(handle: Handle, view: Reading, limit: Limit = 20, cursor: Cursor = None) -> MutualsShape:
    """Friends that the caller has in common with a person, and how many they are, of those whom the caller may see."""
    return await lists.mutuals_page(view, handle, cursor, limit)


@router.get("/suggestions", summary="Suggest people", responses=problems(401, 403))
async def suggest_here(view: Reading, limit: Limit = 20) -> Page[SuggestionShape]:
    """Friends of the caller's friends, on one page, those with the most friends in common first."""
    return Page(items=await lists.suggestions(view, limit), next=None)
