"""What can be done: the acts of REST, each in a transaction of its own and with its own entry in the audit log."""

from functools import partial
from typing import Annotated, Any
from uuid import UUID

import strawberry

from fourfold.ground.document_work import DocumentWork
from fourfold.social.bookmarks.keep import KeepPost, keep_no_longer, keep_post
from fourfold.social.comments import delete as comment_deleting
from fourfold.social.comments import edit as comment_editing
from fourfold.social.comments import write as comment_writing
from fourfold.social.graph.asking import Info
from fourfold.social.graph.questions import (
    LONGEST_HANDLE,
    LONGEST_TAG,
    Ask,
    Audience,
    NewPost,
    PostChanges,
    ReactionKind,
    exactly_one,
    question,
    same_version,
    within,
)
from fourfold.social.graph.reads import Id
from fourfold.social.messages import send as sending
from fourfold.social.messages.shapes import MessageShape
from fourfold.social.notifications.see import UpTo, mark_seen
from fourfold.social.notifications.shapes import BadgeShape
from fourfold.social.notifications.show import badge_of
from fourfold.social.polls import vote as voting
from fourfold.social.posts import delete, edit, publish, write
from fourfold.social.posts import repost as reposting
from fourfold.social.reactions import give
from fourfold.social.reactions.shapes import ReactionShape
from fourfold.social.search import follow as hashtags
from fourfold.social.ties import befriend
from fourfold.social.ties import block as blocking
from fourfold.social.ties import follow as following
from fourfold.social.ties.shapes import FriendRequestShape, TieShape
from fourfold.social.visibility.comments import show_comment
from fourfold.social.visibility.posts import show_post
from fourfold.social.visibility.shapes import ShownComment, ShownPoll, ShownPost

POSTS, COMMENTS, REACTIONS = "social:posts:write", "social:comments:write", "social:reactions:write"
TIES, BOOKMARKS, SEARCH = "social:ties:write", "social:bookmarks:write", "social:search:write"
NOTIFICATIONS, MESSAGES, POLLS = "social:notifications:write", "social:messages:write", "social:polls:vote"
NewPostInput = Annotated[NewPost, strawberry.argument(name="input")]
PostChangesInput = Annotated[PostChanges, strawberry.argument(name="input")]


async def create_post(info: Info, new: NewPostInput) -> ShownPost:
    """Publishes a post, keeps it as a draft, or has it published when its time has come."""
    ask = _asked(info, POSTS, write.WritePost, **new.members())

    async def make(work: DocumentWork) -> UUID:
        return (await write.write_post(work, ask)).id

    return await info.context.create(str(info.path.key), POSTS, "create_post", make, show_post)


async def edit_post(info: Info, post_id: Id, changes: PostChangesInput, version: int | None = None) -> ShownPost:
    """Changes the caller's post; with `version` only that one, as `If-Match` does."""
    ask = _asked(info, POSTS, edit.EditPost, **changes.members())

    async def act(work: DocumentWork) -> ShownPost:
        await edit.edit_post(work, post_id, ask, same_version(version))
        return await show_post(work, post_id)

    return await info.context.change(POSTS, "edit_post", act, f"post:{post_id}")


async def publish_post(info: Info, post_id: Id) -> ShownPost:
    """Publishes the caller's draft, or a scheduled post before its time."""

    async def act(work: DocumentWork) -> ShownPost:
        await publish.publish_draft(work, post_id)
        return await show_post(work, post_id)

    return await info.context.change(POSTS, "publish_post", act, f"post:{post_id}")


async def delete_post(info: Info, post_id: Id, version: int | None = None) -> bool:
    """Takes the caller's post away from everybody at once."""
    act = partial(delete.delete_post, post_id=post_id, check=same_version(version))
    await info.context.change(POSTS, "delete_post", act, f"post:{post_id}")
    return True


async def repost(info: Info, post_id: Id, audience: Audience = Audience.public) -> ShownPost:
    """Passes a post on; again it does nothing more."""
    ask = _asked(info, POSTS, reposting.Repost, audience=audience.value)

    async def act(work: DocumentWork) -> ShownPost:
        return await show_post(work, await reposting.repost(work, post_id, ask))

    return await info.context.change(POSTS, "repost", act, f"post:{post_id}")


async def take_repost_back(info: Info, post_id: Id) -> bool:
    """Takes the caller's repost of a post back; without one nothing happens."""
    act = partial(reposting.take_repost_back, post_id=post_id)
    await info.context.change(POSTS, "take_repost_back", act, f"post:{post_id}")
    return True


async def vote(info: Info, post_id: Id, choice_ids: list[UUID]) -> ShownPoll:
    """Keeps the caller's one vote in the poll of a post, instead of the one they had, until it ends."""
    ask = _asked(info, POLLS, voting.CastVote, choice_ids=choice_ids)
    act = partial(voting.cast_vote, post_id=post_id, ask=ask)
    return await info.context.change(POLLS, "vote", act, f"post:{post_id}")


async def take_vote_back(info: Info, post_id: Id) -> bool:
    """Takes the caller's vote back, until the poll ends; without one nothing happens."""
    act = partial(voting.take_vote_back, post_id=post_id)
    await info.context.change(POLLS, "take_vote_back", act, f"post:{post_id}")
    return True


async def react(
    info: Info, kind: ReactionKind, post_id: UUID | None = None, comment_id: UUID | None = None
) -> ReactionShape:
    """Keeps the caller's one reaction to a post or a comment, instead of the one they had."""
    ask = _asked(info, REACTIONS, give.React, kind=kind.value)
    name, target_id = exactly_one(post_id=post_id, comment_id=comment_id)
    if name == "post_id":
        to_post = partial(give.react_to_post, post_id=target_id, ask=ask)
        return await info.context.change(REACTIONS, "react", to_post, f"post:{target_id}")
    to_comment = partial(give.react_to_comment, comment_id=target_id, ask=ask)
    return await info.context.change(REACTIONS, "react", to_comment, f"comment:{target_id}")


async def unreact(info: Info, post_id: UUID | None = None, comment_id: UUID | None = None) -> bool:
    """Takes the caller's reaction back; without one nothing happens."""
    info.context.may(REACTIONS)
    name, target_id = exactly_one(post_id=post_id, comment_id=comment_id)
    if name == "post_id":
        from_post = partial(give.take_back_from_post, post_id=target_id)
        await info.context.change(REACTIONS, "unreact", from_post, f"post:{target_id}")
    else:
        from_comment = partial(give.take_back_from_comment, comment_id=target_id)
        await info.context.change(REACTIONS, "unreact", from_comment, f"comment:{target_id}")
    return True


async def comment(info: Info, post_id: UUID, text: str, parent_id: UUID | None = None) -> ShownComment:
    """Says something below a post, or in answer to a comment there; below a repost it is said to its original."""
    ask = _asked(info, COMMENTS, comment_writing.WriteComment, text=text, parent_id=parent_id)

    async def make(work: DocumentWork) -> UUID:
        return (await comment_writing.write_comment(work, post_id, ask)).id

    name = str(info.path.key)
    return await info.context.create(name, COMMENTS, "comment", make, show_comment, target=f"post:{post_id}")


async def edit_comment(info: Info, comment_id: Id, text: str, version: int | None = None) -> ShownComment:
    """Changes what the caller's comment says; with `version` only that one, as `If-Match` does."""
    ask = _asked(info, COMMENTS, comment_editing.EditComment, text=text)

    async def act(work: DocumentWork) -> ShownComment:
        await comment_editing.edit_comment(work, comment_id, ask, same_version(version))
        return await show_comment(work, comment_id)

    return await info.context.change(COMMENTS, "edit_comment", act, f"comment:{comment_id}")


async def delete_comment(info: Info, comment_id: Id, version: int | None = None) -> bool:
    """Takes a comment away: the caller's own, one below a post of theirs, or as a moderator any."""
    act = partial(comment_deleting.delete_comment, comment_id=comment_id, check=same_version(version))
    await info.context.change(COMMENTS, "delete_comment", act, f"comment:{comment_id}")
    return True


async def follow(info: Info, person: str) -> TieShape:
    """Follows somebody at once, or asks them to when they are protected."""
    act = partial(following.follow, handle_or_id=_named(info, person))
    return await info.context.change(TIES, "follow", act, f"handle:{person}")


async def unfollow(info: Info, person: str) -> bool:
    """Follows somebody no longer, or takes the request for it back."""
    act = partial(following.unfollow, handle_or_id=_named(info, person))
    await info.context.change(TIES, "unfollow", act, f"handle:{person}")
    return True


async def accept_follower(info: Info, request_id: Id) -> TieShape:
    """Lets somebody follow the caller who has asked to."""
    act = partial(following.accept_follower, request_id=request_id)
    return await info.context.change(TIES, "accept_follower", act, f"follow_request:{request_id}")


async def decline_follower(info: Info, request_id: Id) -> bool:
    """Does not let somebody follow the caller who has asked to; they are not told."""
    act = partial(following.decline_follower, request_id=request_id)
    await info.context.change(TIES, "decline_follower", act, f"follow_request:{request_id}")
    return True


async def block(info: Info, person: str) -> bool:
    """Neither is there for the other from now on, anywhere; what was between them ends."""
    act = partial(blocking.block, handle_or_id=_named(info, person))
    await info.context.change(TIES, "block", act, f"handle:{person}")
    return True


async def unblock(info: Info, person: str) -> bool:
    """Takes the caller's block back; what was between the two before does not come back with it."""
    act = partial(blocking.unblock, handle_or_id=_named(info, person))
    await info.context.change(TIES, "unblock", act, f"handle:{person}")
    return True


async def mute(info: Info, person: str) -> TieShape:
    """Keeps somebody out of the caller's feed and notifications; they are not told."""
    act = partial(blocking.mute, handle_or_id=_named(info, person), muted=True)
    return await info.context.change(TIES, "mute", act, f"handle:{person}")


async def unmute(info: Info, person: str) -> TieShape:
    """Hears from somebody again."""
    act = partial(blocking.mute, handle_or_id=_named(info, person), muted=False)
    return await info.context.change(TIES, "unmute", act, f"handle:{person}")


async def friend_request(info: Info, to: str) -> FriendRequestShape:
    """Asks somebody to be friends; if they have asked as well, the two are friends from then on."""
    ask = _asked(info, TIES, befriend.AskFriend, to=to)
    return await info.context.change(TIES, "friend_request", partial(befriend.ask_friend, ask=ask), f"handle:{to}")


async def accept_friend(info: Info, request_id: Id) -> FriendRequestShape:
    """Says yes to a request that the caller has received."""
    act = partial(befriend.accept_friend, request_id=request_id)
    return await info.context.change(TIES, "accept_friend", act, f"friend_request:{request_id}")


async def decline_friend(info: Info, request_id: Id) -> FriendRequestShape:
    """Says no to a request that the caller has received."""
    act = partial(befriend.decline_friend, request_id=request_id)
    return await info.context.change(TIES, "decline_friend", act, f"friend_request:{request_id}")


async def withdraw_friend_request(info: Info, request_id: Id) -> bool:
    """Takes a request back that the caller has sent."""
    act = partial(befriend.withdraw_request, request_id=request_id)
    await info.context.change(TIES, "withdraw_friend_request", act, f"friend_request:{request_id}")
    return True


async def unfriend(info: Info, person: str) -> bool:
    """Is friends with somebody no longer."""
    act = partial(befriend.unfriend, handle_or_id=_named(info, person))
    await info.context.change(TIES, "unfriend", act, f"handle:{person}")
    return True


async def bookmark(info: Info, post_id: UUID, collection_id: UUID | None = None) -> bool:
    """Keeps a post for later, or moves it to another collection of the caller's."""
    act = partial(keep_post, post_id=post_id, ask=KeepPost(collection_id=collection_id))
    await info.context.change(BOOKMARKS, "bookmark", act, f"post:{post_id}")
    return True


async def remove_bookmark(info: Info, post_id: UUID) -> bool:
    """Keeps a post no longer; without a bookmark nothing happens."""
    act = partial(keep_no_longer, post_id=post_id)
    await info.context.change(BOOKMARKS, "remove_bookmark", act, f"post:{post_id}")
    return True


async def follow_hashtag(info: Info, tag: str) -> bool:
    """Follows a hashtag: what others write for everybody with it is in the caller's feed."""
    act = partial(hashtags.follow_hashtag, text=_tag(info, tag))
    await info.context.change(SEARCH, "follow_hashtag", act, f"tag:{tag}")
    return True


async def unfollow_hashtag(info: Info, tag: str) -> bool:
    """Follows a hashtag no longer."""
    act = partial(hashtags.unfollow_hashtag, text=_tag(info, tag))
    await info.context.change(SEARCH, "unfollow_hashtag", act, f"tag:{tag}")
    return True


async def mark_notifications_seen(info: Info, seq: int) -> BadgeShape:
    """Takes all up to a number off the badge, on all devices."""
    ask = _asked(info, NOTIFICATIONS, UpTo, seq=seq)

    async def act(work: DocumentWork) -> BadgeShape:
        await mark_seen(work, ask)
        return await badge_of(work)

    return await info.context.change(NOTIFICATIONS, "mark_notifications_seen", act)


async def send_message(
    info: Info, conversation_id: UUID, text: str, reply_to: UUID | None = None, client_id: str | None = None
) -> MessageShape:
    """Says something in a conversation; with a `clientId` it is said once, however often it is sent."""
    given = {"text": text, "reply_to": reply_to, "client_id": client_id}
    ask = _asked(info, MESSAGES, sending.SendMessage, **given)

    async def act(work: DocumentWork) -> MessageShape:
        return (await sending.send_message(work, conversation_id, ask))[0]

    return await info.context.change(MESSAGES, "send_message", act, f"conversation:{conversation_id}")


def _named(info: Info, person: str) -> str:
    info.context.may(TIES)
    return within("person", person, LONGEST_HANDLE)


def _tag(info: Info, tag: str) -> str:
    info.context.may(SEARCH)
    return within("tag", tag, LONGEST_TAG)


def _asked(info: Info, permission: str, model: type[Ask], /, **given: Any) -> Ask:
    """A question of somebody who may ask it: strangers are refused before what they say is looked at."""
    info.context.may(permission)
    return question(model, **given)
