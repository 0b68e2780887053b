"""What can be read: each of these asks the same as the route of REST that shows it, or a loader for many at once."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Annotated, Literal
from uuid import UUID

import strawberry

from fourfold.ground.pages import Page
from fourfold.ground.refusals import FieldError, Invalid
from fourfold.social.bookmarks import queries as bookmarks_kept
from fourfold.social.bookmarks.keep import own_collection
from fourfold.social.feeds import read as feeds
from fourfold.social.feeds.shapes import TrendsShape
from fourfold.social.feeds.trending import trends
from fourfold.social.graph.asking import Below, BelowComment, Info
from fourfold.social.graph.questions import (
    LONGEST_HANDLE,
    LONGEST_SEARCH,
    LONGEST_TAG,
    CommentSort,
    Direction,
    FeedSort,
    ReactionKind,
    SearchSort,
    SearchType,
    page_of,
    within,
)
from fourfold.social.graph.refused import NoSuchNode
from fourfold.social.messages.shapes import ConversationShape, MessagesPage
from fourfold.social.messages.show import conversations_page, messages_page, show_conversation
from fourfold.social.notifications.shapes import BadgeShape, NotificationsPage
from fourfold.social.notifications.show import badge_of, notifications_page
from fourfold.social.people.search import search_people
from fourfold.social.people.shapes import OwnProfileShape, ProfileShape
from fourfold.social.people.show import show_me, show_profile
from fourfold.social.posts import queries as posts_kept
from fourfold.social.reactions.shapes import ReactedShape
from fourfold.social.reactions.show import reactions_to_comment, reactions_to_post
from fourfold.social.search.find import find_hashtags, find_posts, narrowed, posts_tagged
from fourfold.social.search.shapes import HashtagShape
from fourfold.social.texts.rules import folded
from fourfold.social.ties import lists
from fourfold.social.ties.queries import Kind
from fourfold.social.ties.shapes import FollowRequestShape, FriendRequestShape, MutualsShape, SuggestionShape
from fourfold.social.visibility.comments import NoSuchComment, answers_below, comments_below
from fourfold.social.visibility.people import person_for
from fourfold.social.visibility.posts import NoSuchPost, page_of_posts
from fourfold.social.visibility.shapes import ShownComment, ShownPerson, ShownPost

Id = Annotated[UUID, strawberry.argument(name="id")]
PAGE, FEW, LONGEST_NAME = 20, 3, 100


async def me(info: Info) -> OwnProfileShape:
    """The caller as a person of the community; whoever asks becomes one."""
    return await info.context.change("social:people:read", "", show_me)


async def person(info: Info, handle: str) -> ProfileShape:
    """A person, by their handle, one they had lately, or their id."""
    profile = await show_profile(info.context.view, within("handle", handle, LONGEST_HANDLE))
    info.context.loaders.profiles.prime(profile.id, profile)
    return profile


async def people(info: Info, search: str, first: int = PAGE) -> list[ShownPerson]:
    """People whose handle or name is like that, the closest first; a letter may be wrong."""
    view, (_, limit) = info.context.may("social:people:read"), page_of(first, None)
    return await search_people(view, within("search", search, LONGEST_NAME), limit)


async def post(info: Info, post_id: Id) -> ShownPost:
    """A post, as far as the caller may see it."""
    shown = await info.context.loaders.posts.load(post_id)
    if shown is None:
        raise NoSuchPost
    return shown


async def comment(info: Info, comment_id: Id) -> ShownComment:
    """A comment, or the place of a deleted one that has answers."""
    shown = await info.context.loaders.comments.load(comment_id)
    if shown is None:
        raise NoSuchComment
    return shown


async def node(info: Info, node_id: Id) -> ShownPost | ShownComment | ShownPerson:
    """Whatever has this id and is there for the caller: a post, a comment or a person."""
    loaders = info.context.loaders
    found: Sequence[ShownPost | ShownComment | ShownPerson | None] = await asyncio.gather(
        loaders.posts.load(node_id), loaders.comments.load(node_id), loaders.people.load(node_id)
    )
    for each in found:
        if each is not None:
            return each
    raise NoSuchNode


async def feed(
    info: Info, first: int = PAGE, after: str | None = None, *, sort: FeedSort = FeedSort.latest,
    hashtag: str | None = None, media: bool = False,
) -> Page[ShownPost]:  # fmt: skip
    """What the caller, those whom they follow and their friends have written and passed on, each with `why`."""
    view, (cursor, limit) = info.context.may("social:feeds:read"), page_of(first, after)
    tag = None if hashtag is None else folded(within("hashtag", hashtag, LONGEST_TAG + 1).removeprefix("#"))
    wanted = feeds.Wanted(media, tag)
    read = feeds.latest_page if sort is FeedSort.latest else feeds.ranked_page
    return await read(view, wanted, cursor, limit)


async def posts_of_person(info: Info, handle: str, first: int = PAGE, after: str | None = None) -> Page[ShownPost]:
    """What a person has published and passed on, the newest first."""
    found = await person_for(info.context.view, within("handle", handle, LONGEST_HANDLE))
    return await _posts_by(info, found.id, first, after)


async def posts_by(root: ShownPerson, info: Info, first: int = PAGE, after: str | None = None) -> Page[ShownPost]:
    """What they have published and passed on, the newest first."""
    return await _posts_by(info, root.id, first, after)


async def _posts_by(info: Info, author: UUID, first: int, after: str | None) -> Page[ShownPost]:
    view, (cursor, limit) = info.context.view, page_of(first, after)
    candidates = partial(posts_kept.published_by, view, author)
    return await page_of_posts(view, f"social.posts:{author}", candidates, cursor, limit)


async def drafts(info: Info, first: int = PAGE, after: str | None = None) -> Page[ShownPost]:
    """The caller's drafts, the newest first."""
    return await _unpublished(info, "draft", f"social.drafts:{info.context.who.account}", first, after)


async def scheduled(info: Info, first: int = PAGE, after: str | None = None) -> Page[ShownPost]:
    """The caller's posts that wait for their time, the last one written first."""
    return await _unpublished(info, "scheduled", f"social.scheduled:{info.context.who.account}", first, after)


async def _unpublished(info: Info, state: str, purpose: str, first: int, after: str | None) -> Page[ShownPost]:
    view, (cursor, limit) = info.context.may("social:posts:read"), page_of(first, after)
    candidates = partial(posts_kept.unpublished_by, view, view.who.account, state)
    return await page_of_posts(view, purpose, candidates, cursor, limit)


async def bookmarks(
    info: Info, collection_id: UUID | None = None, first: int = PAGE, after: str | None = None
) -> Page[ShownPost]:
    """The posts that the caller has bookmarked, the latest first, as far as they still see them."""
    view, (cursor, limit) = info.context.may("social:bookmarks:read"), page_of(first, after)
    if collection_id is not None:
        await own_collection(view, collection_id)
    candidates = partial(bookmarks_kept.bookmarks_of, view, view.who.account, collection_id)
    return await page_of_posts(view, f"social.bookmarks:{view.who.account}:{collection_id}", candidates, cursor, limit)


async def hashtag_posts(info: Info, tag: str, first: int = PAGE, after: str | None = None) -> Page[ShownPost]:
    """Posts with a hashtag, the newest first."""
    cursor, limit = page_of(first, after)
    return await posts_tagged(info.context.view, within("tag", tag, LONGEST_TAG), cursor, limit)


async def search(
    info: Info, q: str, kind: Annotated[SearchType, strawberry.argument(name="type")] = SearchType.posts,
    *, sort: SearchSort = SearchSort.relevance, author: str | None = None, first: int = PAGE, after: str | None = None,
) -> Page[ShownPost] | Page[ShownPerson] | Page[HashtagShape]:  # fmt: skip
    """Posts that say all the words, people who are called so, or hashtags that begin so."""
    view, (cursor, limit) = info.context.may("social:search:read"), page_of(first, after)
    text = within("q", q, LONGEST_SEARCH)
    if kind is SearchType.people:
        return Page[ShownPerson](items=await search_people(view, text, limit), next=None)
    if kind is SearchType.hashtags:
        return Page[HashtagShape](items=await find_hashtags(view, text, limit), next=None)
    only = await narrowed(view, within("author", author, LONGEST_HANDLE) if author is not None else None, None, None)
    order: Literal["relevance", "latest"] = "latest" if sort is SearchSort.latest else "relevance"
    return await find_posts(view, text, only, order, cursor, limit)


async def trending(info: Info, first: int = 10) -> TrendsShape:
    """Hashtags that more people use than before, and public posts of which people make much."""
    view, (_, limit) = info.context.may("social:feeds:read"), page_of(first, None)
    return await trends(view, limit)


async def notifications(info: Info, first: int = PAGE, after: str | None = None) -> NotificationsPage:
    """What others have done that concerns the caller, the latest first, and how much of it is new."""
    view, (cursor, limit) = info.context.may("social:notifications:read"), page_of(first, after)
    return await notifications_page(view, cursor, limit)


async def badge(info: Info) -> BadgeShape:
    """How much is new for the caller."""
    return await badge_of(info.context.may("social:notifications:read"))


async def comments(
    info: Info, post_id: UUID, sort: CommentSort = CommentSort.top, first: int = PAGE, after: str | None = None
) -> Page[ShownComment]:
    """What answers to a post, each with its first answers."""
    cursor, limit = page_of(first, after)
    return await comments_below(info.context.view, post_id, sort.value, cursor, limit)


async def comments_on(
    root: ShownPost, info: Info, first: int = FEW, after: str | None = None, sort: CommentSort = CommentSort.top
) -> Page[ShownComment]:
    """What answers to it (to its original, when it is a repost). The top ones are read for all posts together."""
    cursor, limit = page_of(first, after)
    told = root.original if root.kind == "repost" and isinstance(root.original, ShownPost) else root
    if cursor is None and sort is CommentSort.top:
        return await info.context.loaders.below_posts.load(Below(told.id, limit))
    return await comments_below(info.context.view, told.id, sort.value, cursor, limit)


async def replies_to(
    root: ShownComment, info: Info, first: int = FEW, after: str | None = None, sort: CommentSort = CommentSort.old
) -> Page[ShownComment]:
    """What answers to it. The oldest are read for all comments together."""
    cursor, limit = page_of(first, after)
    if not root.kids:
        return Page(items=[], next=None)
    if cursor is None and sort is CommentSort.old:
        return await info.context.loaders.below_comments.load(BelowComment(root.id, root.post_id, limit))
    return await answers_below(info.context.view, root.id, sort.value, cursor, limit)


async def reactions_on_post(
    root: ShownPost, info: Info, kind: ReactionKind | None = None, first: int = PAGE, after: str | None = None
) -> Page[ReactedShape]:
    """Who has reacted and how, the latest first."""
    cursor, limit = page_of(first, after)
    return await reactions_to_post(info.context.view, root.id, kind.value if kind else None, cursor, limit)


async def reactions_on_comment(
    root: ShownComment, info: Info, kind: ReactionKind | None = None, first: int = PAGE, after: str | None = None
) -> Page[ReactedShape]:
    """Who has reacted and how, the latest first."""
    cursor, limit = page_of(first, after)
    return await reactions_to_comment(info.context.view, root.id, kind.value if kind else None, cursor, limit)


async def profile_of(root: ShownPerson, info: Info) -> ProfileShape | None:
    """What they tell of themselves; read for all people together."""
    return await info.context.loaders.profiles.load(root.id)


async def followers(info: Info, handle: str, first: int = PAGE, after: str | None = None) -> Page[ShownPerson]:
    """Who follows a person."""
    return await _connections(info, handle, "followers", first, after)


async def following(info: Info, handle: str, first: int = PAGE, after: str | None = None) -> Page[ShownPerson]:
    """Whom a person follows."""
    return await _connections(info, handle, "following", first, after)


async def friends(info: Info, handle: str, first: int = PAGE, after: str | None = None) -> Page[ShownPerson]:
    """A person's friends."""
    return await _connections(info, handle, "friends", first, after)


async def _connections(info: Info, handle: str, kind: Kind, first: int, after: str | None) -> Page[ShownPerson]:
    view, (cursor, limit) = info.context.may("social:ties:read"), page_of(first, after)
    return await lists.connections_page(view, within("handle", handle, LONGEST_HANDLE), kind, cursor, limit)


async def mutuals(info: Info, handle: str, first: int = PAGE, after: str | None = None) -> MutualsShape:
    """Friends that the caller has in common with a person, and how many they are."""
    view, (cursor, limit) = info.context.may("social:ties:read"), page_of(first, after)
    return await lists.mutuals_page(view, within("handle", handle, LONGEST_HANDLE), cursor, limit)


async def suggestions(info: Info, first: int = PAGE) -> list[SuggestionShape]:
    """Friends of the caller's friends, those with the most friends in common first."""
    view, (_, limit) = info.context.may("social:ties:read"), page_of(first, None)
    return await lists.suggestions(view, limit)


async def friend_requests(
    info: Info, direction: Direction = Direction.received, first: int = PAGE, after: str | None = None
) -> Page[FriendRequestShape]:
    """Requests to be friends that wait, the last one first."""
    view, (cursor, limit) = info.context.may("social:ties:read"), page_of(first, after)
    return await lists.friend_requests_page(view, direction.value, cursor, limit)


async def follow_requests(info: Info, first: int = PAGE, after: str | None = None) -> Page[FollowRequestShape]:
    """Who asks to follow the caller, the last one first."""
    view, (cursor, limit) = info.context.may("social:ties:read"), page_of(first, after)
    return await lists.follow_requests_page(view, cursor, limit)


async def conversations(info: Info, first: int = PAGE, after: str | None = None) -> Page[ConversationShape]:
    """The caller's conversations with what was said last and how much is unread, the latest first."""
    view, (cursor, limit) = info.context.may("social:messages:read"), page_of(first, after)
    return await conversations_page(view, cursor, limit)


async def conversation(info: Info, conversation_id: Id) -> ConversationShape:
    """A conversation that the caller is in, with its members and how far messages have reached them."""
    return await show_conversation(info.context.may("social:messages:read"), conversation_id)


async def messages_in(
    root: ConversationShape, info: Info, first: int = PAGE, before: int | None = None
) -> MessagesPage:
    """What was said, the newest first; before a number, what was said before."""
    view, (_, limit) = info.context.may("social:messages:read"), page_of(first, None)
    if before is not None and before < 1:
        raise Invalid(errors=[FieldError("before", "Give the number of a message.")])
    return await messages_page(view, root.id, before, None, limit)
