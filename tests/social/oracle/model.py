"""A slow and plain model of a community: people, their ties, what they have said, and who may see it."""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, TypeAlias

KINDS = ("like", "love", "laugh", "angry", "sad")
AUDIENCES = ("public", "followers", "friends", "me")
# A post is shown with what it refers to, and with what that refers to.
DEEPEST = 2
PLAIN = str.maketrans("áéíóú", "aeiou")

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
class Poll:
    """A poll: `choices` are texts by ids, `votes` the ids that each member has chosen; it is over in the hour `ends`.

    Before it is out it has no end; `lasts` says how many hours later it is over then.
    """

    choices: Mapping[str, str]
    multiple: bool
    hides: bool
    minutes: int
    lasts: int
    ends: int | None = None
    votes: dict[str, set[str]] = field(default_factory=dict)


@dataclass(slots=True)
class MutedWord:
    """A word, words in a row or a hashtag that `by` does not want to meet; that is over in the hour `ends`."""

    id: str
    by: str
    text: str
    places: list[str]
    ends: int | None = None
    until: datetime | None = None
    version: int = 1

    @property
    def key(self) -> str:
        """What it is compared by: capitals and accents do not count."""
        return self.text.lower().translate(PLAIN)


@dataclass(slots=True)
class Report:
    """What somebody has reported; `evidence` is what was seen of it, each time when that was something else."""

    id: str
    by: str
    kind: str
    target: str
    about: str
    reason: str
    text: str
    evidence: list[tuple[object, ...]]
    state: str = "open"
    note: str = ""
    version: int = 1


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
    poll: Poll | None = None
    # Whether everybody was ever shown how its poll stood while that was open.
    was_open: bool = False

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
        self.muted_words: dict[str, MutedWord] = {}
        self.muted_threads: dict[tuple[str, str], int] = {}
        self.reports: dict[tuple[str, str, str], Report] = {}
        self.hour = 0
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

    def shown_with(self, viewer: Viewer, post: Post) -> list[Post]:
        """A post with what is shown along with it: what it refers to, as far as the viewer sees that."""
        shown = [post]
        while len(shown) <= DEEPEST:
            original = self.original(shown[-1])
            if original is None or not self.sees(viewer, original.id):
                break
            shown.append(original)
        return shown

    # Mutes.

    def words_muted(self, by: str) -> list[MutedWord]:
        """What somebody has muted by now, the latest first."""
        own = [each for each in self.muted_words.values() if each.by == by]
        return [each for each in reversed(own) if each.ends is None or self.hour < each.ends]

    def mutes_text(self, viewer: str, place: str, author: str, text: str) -> bool:
        """Whether the viewer does not want to meet what somebody says in a place: feed, search or notifications."""
        if viewer == author:
            return False
        muted = [each for each in self.words_muted(viewer) if place in each.places]
        return any(_says(text, each.key) for each in muted)

    def mutes_thread(self, viewer: str, place: str, author: str, posts: Iterable[str | None]) -> bool:
        """Whether it belongs to a thread that they do not want to meet there; of their own they want not to be told."""
        if place == "search" or (place == "feed" and viewer == author):
            return False
        return any((viewer, each) in self.muted_threads for each in posts if each is not None)

    def mutes_post(self, viewer: Viewer, place: str, post: Post) -> bool:
        """Whether the viewer does not want to meet a post in a place."""
        if viewer is None:
            return False
        shown = self.shown_with(viewer, post)
        if place == "feed" and any((viewer, each.author) in self.mutes for each in shown):
            return True
        if self.mutes_thread(viewer, place, post.author, (post.id, post.of)):
            return True
        return viewer != post.author and any(self.mutes_text(viewer, place, each.author, each.text) for each in shown)

    def mutes_comment(self, viewer: str, place: str, comment: Comment) -> bool:
        """Whether the viewer does not want to meet a comment in a place."""
        is_in_thread = self.mutes_thread(viewer, place, comment.author, (comment.post,))
        return is_in_thread or self.mutes_text(viewer, place, comment.author, comment.text)

    # Polls.

    def has_ended(self, poll: Poll) -> bool:
        """Whether nobody votes in it any more."""
        return poll.ends is not None and self.hour >= poll.ends

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


def _says(text: str, wanted: str) -> bool:
    """Whether a text says a word, words in a row, or (when that is wanted) a hashtag."""
    if wanted.startswith("#"):
        return wanted[1:] in re.findall(r"#(\w+)", text.lower())
    said, asked = (re.findall(r"[^\W_]+", each) for each in (text.lower(), wanted))
    return any(said[place : place + len(asked)] == asked for place in range(len(said)))
