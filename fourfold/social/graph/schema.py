"""The graph: all that can be asked for, done and listened to, and the types that only answer that."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

import strawberry
from graphql import GraphQLObjectType, GraphQLSchema

from fourfold.social.graph import acts, listen, reads
from fourfold.social.graph.limits import COST
from fourfold.social.graph.questions import ReactionKind
from fourfold.social.graph.shapes import (
    ALONE,
    Comment,
    CommentPage,
    Hashtag,
    Person,
    PersonCounts,
    PersonPage,
    Poll,
    Post,
    PostPage,
    shape,
    told,
)

Node = Annotated[Post | Comment | Person, strawberry.union("Node")]
Found = Annotated[Post | Person | Hashtag, strawberry.union("Found")]
# Where the library keeps what a field was declared with.
DECLARED = "strawberry-definition"


def alone(resolver: Callable[..., Any], answers: Any, cost: int = 1) -> Any:
    """A field of a root: when it is refused it is null, and what was asked for beside it is answered all the same."""
    return told(resolver, answers | None, cost)


@shape
class PersonSettings:
    """Who may do and see what."""

    follow: str
    message: str
    mention: str
    find: str
    find_by_email: str
    find_by_phone: str
    connections: str
    presence: str


@shape
class Me:
    """The caller as a person of the community."""

    id: UUID
    handle: str
    name: str
    avatar_url: str | None
    cover_url: str | None
    badge: str | None
    bio: str
    links: list[str]
    location: str
    visibility: str
    state: str
    settings: PersonSettings
    counts: PersonCounts
    created_at: datetime
    version: int


@shape
class MutualsPage:
    """Friends in common, and how many they are on all pages together."""

    items: list[Person]
    next: str | None
    total: int


@shape
class FoundPage:
    """What was found, and the cursor of what is next."""

    items: list[Found]
    next: str | None


@shape
class TrendingHashtag:
    """A hashtag that more people use than before."""

    hashtag: str
    people: int


@shape
class Trends:
    """What many talk about."""

    hashtags: list[TrendingHashtag]
    posts: list[Post]


@shape
class Notification:
    """One line of the list: what one person, or several, have done."""

    id: UUID
    kind: str
    post_id: UUID | None
    comment_id: UUID | None
    actors: list[Person]
    count: int
    summary: str
    seq: int
    at: datetime
    read: bool


@shape
class NotificationPage:
    """Notifications, the cursor of the next ones, and how much of the whole list is new."""

    items: list[Notification]
    next: str | None
    unread: int
    seq: int


@shape
class Badge:
    """How much is new; 100 stands for more than 99."""

    unread: int
    seq: int


@shape
class Suggestion:
    """Somebody whom the caller may know."""

    person: Person
    mutuals: int


@shape
class Tie:
    """What the caller is to somebody."""

    person: Person
    follow: str
    followed: str
    friend: str
    muted: bool


@shape
class FriendRequest:
    """A request to be friends."""

    id: UUID
    status: str
    direction: str
    person: Person
    at: datetime


@shape
class FriendRequestPage:
    """Requests to be friends, and the cursor of the next ones."""

    items: list[FriendRequest]
    next: str | None


@shape
class FollowRequest:
    """Somebody's request to follow the caller."""

    id: UUID
    person: Person
    at: datetime


@shape
class FollowRequestPage:
    """Requests to follow the caller, and the cursor of the next ones."""

    items: list[FollowRequest]
    next: str | None


@shape
class Reaction:
    """The caller's reaction, as it is now."""

    target_kind: str
    target_id: UUID
    kind: ReactionKind


@shape
class MessageFile:
    """A file of a message."""

    id: UUID
    url: str


@shape
class Message:
    """A message, as this reader sees it."""

    id: UUID
    conversation_id: UUID
    seq: int
    author: Person | None
    text: str
    html: str
    files: list[MessageFile]
    reply_to: UUID | None
    state: str
    version: int
    created_at: datetime
    edited_at: datetime | None


@shape
class MessagePage:
    """Messages, the newest first, and what to give as `before` for the next ones."""

    items: list[Message]
    next: int | None


@shape
class Member:
    """Somebody in a conversation, and how far messages have reached them."""

    id: UUID
    handle: str
    name: str
    avatar_url: str | None
    badge: str | None
    role: str
    delivered_seq: int
    read_seq: int


@shape
class Conversation:
    """A conversation, as this member sees it."""

    id: UUID
    kind: str
    name: str | None
    members: list[Member]
    role: str
    muted: bool
    last_message: Message | None
    unread: int
    created_at: datetime
    messages = told(reads.messages_in, MessagePage, ALONE)


@shape
class ConversationPage:
    """Conversations, and the cursor of the next ones."""

    items: list[Conversation]
    next: str | None


@shape
class Query:
    """What can be read."""

    me = alone(reads.me, Me)
    person = alone(reads.person, Person, ALONE)
    people = alone(reads.people, list[Person], ALONE)
    post = alone(reads.post, Post)
    comment = alone(reads.comment, Comment)
    node = alone(reads.node, Node)
    feed = alone(reads.feed, PostPage, ALONE)
    posts_of_person = alone(reads.posts_of_person, PostPage, ALONE)
    drafts = alone(reads.drafts, PostPage, ALONE)
    scheduled = alone(reads.scheduled, PostPage, ALONE)
    bookmarks = alone(reads.bookmarks, PostPage, ALONE)
    hashtag_posts = alone(reads.hashtag_posts, PostPage, ALONE)
    comments = alone(reads.comments, CommentPage, ALONE)
    search = alone(reads.search, FoundPage, ALONE)
    trending = alone(reads.trending, Trends, ALONE)
    notifications = alone(reads.notifications, NotificationPage, ALONE)
    badge = alone(reads.badge, Badge, ALONE)
    conversations = alone(reads.conversations, ConversationPage, ALONE)
    conversation = alone(reads.conversation, Conversation, ALONE)
    followers = alone(reads.followers, PersonPage, ALONE)
    following = alone(reads.following, PersonPage, ALONE)
    friends = alone(reads.friends, PersonPage, ALONE)
    mutuals = alone(reads.mutuals, MutualsPage, ALONE)
    suggestions = alone(reads.suggestions, list[Suggestion], ALONE)
    friend_requests = alone(reads.friend_requests, FriendRequestPage, ALONE)
    follow_requests = alone(reads.follow_requests, FollowRequestPage, ALONE)


@shape
class Mutation:
    """What can be done."""

    create_post = alone(acts.create_post, Post)
    edit_post = alone(acts.edit_post, Post)
    publish_post = alone(acts.publish_post, Post)
    delete_post = alone(acts.delete_post, bool)
    repost = alone(acts.repost, Post)
    take_repost_back = alone(acts.take_repost_back, bool)
    react = alone(acts.react, Reaction)
    unreact = alone(acts.unreact, bool)
    vote = alone(acts.vote, Poll)
    take_vote_back = alone(acts.take_vote_back, bool)
    comment = alone(acts.comment, Comment)
    edit_comment = alone(acts.edit_comment, Comment)
    delete_comment = alone(acts.delete_comment, bool)
    follow = alone(acts.follow, Tie)
    unfollow = alone(acts.unfollow, bool)
    accept_follower = alone(acts.accept_follower, Tie)
    decline_follower = alone(acts.decline_follower, bool)
    block = alone(acts.block, bool)
    unblock = alone(acts.unblock, bool)
    mute = alone(acts.mute, Tie)
    unmute = alone(acts.unmute, Tie)
    friend_request = alone(acts.friend_request, FriendRequest)
    accept_friend = alone(acts.accept_friend, FriendRequest)
    decline_friend = alone(acts.decline_friend, FriendRequest)
    withdraw_friend_request = alone(acts.withdraw_friend_request, bool)
    unfriend = alone(acts.unfriend, bool)
    bookmark = alone(acts.bookmark, bool)
    remove_bookmark = alone(acts.remove_bookmark, bool)
    follow_hashtag = alone(acts.follow_hashtag, bool)
    unfollow_hashtag = alone(acts.unfollow_hashtag, bool)
    mark_notifications_seen = alone(acts.mark_notifications_seen, Badge)
    send_message = alone(acts.send_message, Message)


@shape
class Subscription:
    """What can be listened to."""

    post_events = strawberry.subscription(resolver=listen.post_events)
    my_events = strawberry.subscription(resolver=listen.my_events)


GRAPH = strawberry.Schema(query=Query, mutation=Mutation, subscription=Subscription)
"""The graph as it is declared; `str(GRAPH)` is its text in GraphQL's own language."""


def executable() -> GraphQLSchema:
    """The graph as it is run."""
    return GRAPH._schema  # noqa: SLF001 - the library has no other name for it


def costs_of(schema: GraphQLSchema) -> Mapping[tuple[str, str], int]:
    """What fields cost that are declared with a cost, by their types and names."""
    declared = {
        (kind.name, name): field.extensions.get(DECLARED)
        for kind in schema.type_map.values()
        if isinstance(kind, GraphQLObjectType)
        for name, field in kind.fields.items()
    }
    return {place: each.metadata[COST] for place, each in declared.items() if each and COST in each.metadata}
