"""What is done about feeds when others tell: posts come and go, and people begin and cease to read each other."""

from fourfold.contracts.core import PersonErased
from fourfold.contracts.social import (
    FriendshipEnded,
    FriendshipMade,
    PersonBlocked,
    PersonFollowed,
    PersonUnfollowed,
    PostDeleted,
    PostPublished,
    PostReposted,
)
from fourfold.ground.reactions import Reactions
from fourfold.ground.work import Work
from fourfold.social.channels.append import announce_post
from fourfold.social.feeds.spread import forget_author, forget_timelines, spread_post

reactions = Reactions("social.feeds")


@reactions.on(PostPublished)
async def spread_published(work: Work, told: PostPublished) -> None:
    """Into the feeds of those who read its author."""
    await spread_post(work, told.post_id, told.author_id)
    await announce_post(work.house, work.who.tenant_id, told.post_id, told.author_id)


@reactions.on(PostReposted)
async def spread_reposted(work: Work, told: PostReposted) -> None:
    """Into the feeds of those who read whoever passes it on."""
    await spread_post(work, told.repost_id, told.author_id)
    await announce_post(work.house, work.who.tenant_id, told.repost_id, told.author_id)


@reactions.on(PostDeleted)
async def withdraw_deleted(work: Work, told: PostDeleted) -> None:
    """Nobody is shown it any more as it is; now it takes no place either."""
    await spread_post(work, told.post_id, told.author_id)


@reactions.on(PersonFollowed)
async def rebuild_of_follower(work: Work, told: PersonFollowed) -> None:
    """What the followed one wrote before is in the feed as well."""
    await forget_timelines(work, [told.by])


@reactions.on(PersonUnfollowed)
async def rebuild_of_former_follower(work: Work, told: PersonUnfollowed) -> None:
    """What is not read any more is passed over as it is; now it takes no place either."""
    await forget_timelines(work, [told.by])


@reactions.on(FriendshipMade)
async def rebuild_of_friends(work: Work, told: FriendshipMade) -> None:
    """Friends read each other."""
    await forget_timelines(work, [told.by, told.person])


@reactions.on(FriendshipEnded)
async def rebuild_of_former_friends(work: Work, told: FriendshipEnded) -> None:
    """As when somebody is not followed any more."""
    await forget_timelines(work, [told.by, told.person])


@reactions.on(PersonBlocked)
async def rebuild_of_blocked(work: Work, told: PersonBlocked) -> None:
    """As when somebody is not followed any more, for both."""
    await forget_timelines(work, [told.by, told.person])


@reactions.on(PersonErased)
async def forget_erased(work: Work, told: PersonErased) -> None:
    """Nothing is left of their feed."""
    await forget_author(work, told.account_id)
