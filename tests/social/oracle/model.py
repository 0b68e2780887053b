"""A slow and plain model of a community: people, their ties, what they have said, and who may see it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

KINDS = ("like", "love", "laugh", "angry", "sad")
AUDIENCES = ("public", "followers", "friends", "me")

# A member's id, or None for somebody who has not signed in.
Viewer: TypeAlias = str | None


@dataclass(slots=True)
class Member:
    """A person: `bio` says who sees that part of the profile, `settings` who may do what."""

    id: str
    handle: str
    name: str
    protected: bool = False
    bio: str = "public"
    settings: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Post:
    """A post: `out` is its place among all that was published, `former` are version, text and audience before edits."""

    id: str
    author: str
    audience: str
    kind: str = "post"
    text: str = ""
    of: str | None = None
    mentions: tuple[str, ...] = ()
    state: str = "published"
    out: int = 0
    version: int = 1
    former: list[tuple[int, str, str]] = field(default_factory=list)

    @property
    def hashtags(self) -> list[str]:
        """What it is about."""
        return list(dict.fromkeys(re.findall(r"#(\w+)", self.text)))

    @property
    def words(self) -> set[str]:
        """What it is found by."""
        return set(re.findall(r"\w{2,}", self.text.lower()))


@dataclass(slots=True)
class Comment:
    """A comment; `above` are all who wrote, or are named in, what it answers to."""

    id: str
    post: str
    author: str
    parent: str | None
    depth: int
    above: set[str]
    text: str
    mentions: tuple[str, ...] = ()
    state: str = "published"
    version: int = 1


class Model:
    """Everything that there is, and the rules by which somebody sees it."""

    def __init__(self, members: Iterable[Member]) -> None:
        self.members: Mapping[str, Member] = {each.id: each for each in members}
        self.follow: dict[tuple[str, str], str] = {}
        self.asked: dict[tuple[str, str], str] = {}
        self.friends: dict[frozenset[str], str] = {}
        self.blocks: set[tuple[str, str]] = set()
        self.mutes: set[tuple[str, str]] = set()
        self.posts: dict[str, Post] = {}
        self.comments: dict[str, Comment] = {}
        self.answers: defaultdict[tuple[str, str | None], list[str]] = defaultdict(list)
        self.reactions: defaultdict[str, dict[str, tuple[str, int]]] = defaultdict(dict)
        self.bookmarks: dict[tuple[str, str], int] = {}
        self._moment = 0

    def tick(self) -> int:
        """The next moment."""
        self._moment += 1
        return self._moment

    # Ties.

    def cut(self, one: Viewer, other: str) -> bool:
        """Whether two people are not there for each other."""
        return one is not None and ((one, other) in self.blocks or (other, one) in self.blocks)

    def are_friends(self, one: Viewer, other: str) -> bool:
        """Whether two people are friends."""
        return one is not None and frozenset({one, other}) in self.friends

    def follows(self, one: Viewer, other: str) -> bool:
        """Whether the first follows the second; friends do."""
        return one is not None and (self.follow.get((one, other)) == "yes" or self.are_friends(one, other))

    def is_among(self, viewer: Viewer, member: str, circle: str) -> bool:
        """Whether the viewer belongs to a circle of somebody's: everyone, public, followers, friends, nobody, me."""
        if viewer == member:
            return True
        if self.cut(viewer, member):
            return False
        if circle in {"everyone", "public"}:
            return True
        if circle == "followers":
            return self.follows(viewer, member)
        return circle == "friends" and self.are_friends(viewer, member)

    def allows(self, member: str, what: str, viewer: Viewer) -> bool:
        """Whether a setting of somebody's includes the viewer."""
        return self.is_among(viewer, member, self.members[member].settings.get(what, "everyone"))

    def shows_connections(self, member: str, viewer: Viewer) -> bool:
        """Whether somebody's connections are the viewer's to know."""
        if not self.allows(member, "connections", viewer):
            return False
        return viewer == member or not self.members[member].protected or self.follows(viewer, member)

    def is_findable(self, member: str, viewer: Viewer) -> bool:
        """Whether the viewer finds somebody."""
        if self.cut(viewer, member):
            return False
        return self.allows(member, "find", viewer) or self.follows(viewer, member)

    def named_in(self, text: str, author: str) -> tuple[str, ...]:
        """Whom a text mentions, when this author writes it."""
        handles = re.findall(r"@(\w+)", text)
        named = [each.id for handle in handles for each in self.members.values() if each.handle == handle]
        return tuple(dict.fromkeys(each for each in named if self.allows(each, "mention", author)))

    # Posts.

    def original(self, post: Post) -> Post | None:
        """What a post refers to."""
        return self.posts[post.of] if post.of is not None else None

    def meant(self, post: Post) -> Post:
        """What is meant when somebody reacts to a post: of a repost, what it passes on."""
        return self.posts[post.of] if post.kind == "repost" and post.of is not None else post

    def authors_above(self, post: Post) -> list[str]:
        """The authors of all that a post refers to, down to the first."""
        original = self.original(post)
        return [] if original is None else [original.author, *self.authors_above(original)]

    def sees(self, viewer: Viewer, post_id: str, audience: str | None = None) -> bool:
        """Whether the viewer sees a post, or would if it were for another audience."""
        return self.refusal(viewer, post_id, audience) is None

    def refusal(self, viewer: Viewer, post_id: str, audience: str | None = None) -> str | None:
        """Why the viewer does not see a post; None when they do."""
        post = self.posts.get(post_id)
        if post is None or post.state == "deleted":
            return "it is gone"
        if post.kind == "repost" and post.of is not None:
            why = self.refusal(viewer, post.of)
            if why is not None:
                return f"what it passes on: {why}"
        if viewer == post.author:
            return None
        if post.state == "draft":
            return "it is a draft"
        involved = [post.author, *post.mentions, *self.authors_above(post)]
        cut = [self.members[each].name for each in involved if self.cut(viewer, each)]
        if cut:
            return f"cut off from {', '.join(cut)}"
        return self._not_meant(viewer, post, audience or post.audience)

    def _not_meant(self, viewer: Viewer, post: Post, audience: str) -> str | None:
        if audience == "public" and not self.members[post.author].protected:
            return None
        circle = "followers" if audience == "public" else audience
        return None if self.is_among(viewer, post.author, circle) else f"it is for {circle}"

    def published(self) -> list[Post]:
        """All that is out, the newest first."""
        out = [each for each in self.posts.values() if each.state == "published"]
        return sorted(out, key=lambda each: -each.out)

    # Comments.

    def there(self, viewer: Viewer, comment_id: str) -> Literal["whole", "place"] | None:
        """Whether a comment is there for the viewer: as it is, or as the place where one was that has answers."""
        comment = self.comments.get(comment_id)
        if comment is None or not self.sees(viewer, comment.post):
            return None
        if any(self.cut(viewer, each) for each in (comment.author, *comment.above, *comment.mentions)):
            return None
        if comment.state == "published":
            return "whole"
        return "place" if self.kids(viewer, comment) else None

    def kids(self, viewer: Viewer, comment: Comment) -> int:
        """How many answers to a comment are there for the viewer."""
        return sum(self.there(viewer, each) is not None for each in self.answers[comment.post, comment.id])

    def below(self, comment: Comment) -> list[Comment]:
        """All that answers to a comment, however indirectly."""
        found = []
        for each in self.answers[comment.post, comment.id]:
            found += [self.comments[each], *self.below(self.comments[each])]
        return found

    # What is counted.

    def counted(self, viewer: Viewer, target: str) -> dict[str, int]:
        """How many reactions of each kind there are, but for those of people from whom the viewer is cut off."""
        kinds = [kind for by, (kind, _) in self.reactions[target].items() if not self.cut(viewer, by)]
        return {kind: kinds.count(kind) for kind in KINDS}

    def comments_counted(self, viewer: Viewer, post_id: str) -> int:
        """How many comments a post has, but for those that involve people from whom the viewer is cut off."""
        return sum(
            each.post == post_id
            and each.state == "published"
            and not any(self.cut(viewer, other) for other in (each.author, *each.above, *each.mentions))
            for each in self.comments.values()
        )

    def shares_counted(self, viewer: Viewer, post_id: str) -> int:
        """How often a post was passed on or quoted, but for people from whom the viewer is cut off."""
        return sum(
            each.of == post_id and each.state == "published" and not self.cut(viewer, each.author)
            for each in self.posts.values()
        )

    def tied_to(self, member: str, kind: str) -> set[str]:
        """Somebody's followers, those whom they follow, or their friends."""
        if kind == "friends":
            return {other for pair in self.friends if member in pair for other in pair - {member}}
        if kind == "followers":
            return {one for (one, other), how in self.follow.items() if other == member and how == "yes"}
        return {other for (one, other), how in self.follow.items() if one == member and how == "yes"}
