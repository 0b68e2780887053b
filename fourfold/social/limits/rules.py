"""What one person may do how often, who is new, and which texts say the same."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Literal
from uuid import UUID

from fourfold.ground.ids import made_at

Act = Literal[
    "posts", "comments", "messages", "conversations", "friend_requests", "follows", "mentions", "reactions", "reports",
    "repeats", "links",
]  # fmt: skip
# Whoever has an account since yesterday does a fifth of what others may.
NEW_SHARE = 5
# Shorter texts are said again and again by everybody: thanks, congratulations.
SHORTEST_REPEATED = 20


@dataclass(frozen=True, slots=True)
class Held:
    """A limit as it is when nothing is set, what it counts, and how a refusal calls it."""

    usual: str
    counts: str
    refused: str


HELD: Mapping[Act, Held] = {
    "posts": Held("120/1h", "Posts, quotes and reposts of one person", "posts"),
    "comments": Held("300/1h", "Comments of one person", "comments"),
    "messages": Held("1200/1h", "Messages of one person", "messages"),
    "conversations": Held(
        "200/24h", "Conversations that one person opens; each member who is not their friend counts", "conversations"
    ),
    "friend_requests": Held("100/24h", "Friend requests of one person", "friend requests"),
    "follows": Held("400/24h", "People whom one person begins to follow", "people to follow"),
    "mentions": Held("300/1h", "People whom one person names in texts", "mentions"),
    "reactions": Held("1800/1h", "Reactions of one person", "reactions"),
    "reports": Held("50/24h", "Reports of one person", "reports"),
    "repeats": Held("3/1h", "Posts and comments of one person that say the same", "posts that say the same"),
    "links": Held("5/24h", "Links in what a new account writes", "links for a new account"),
}
"""The acts that are limited. Links are limited for new accounts only."""


def is_new(account: UUID, now: datetime, hours: int) -> bool:
    """Whether an account was made less than so many hours ago; with none, nobody is new."""
    return now - made_at(account) < timedelta(hours=hours)


def print_of(words: Sequence[str], text: str) -> str | None:
    """What texts that say the same have in common, however they are punctuated; None for one that is short."""
    if len(text) < SHORTEST_REPEATED:
        return None
    return blake2b(" ".join(words or [text]).encode(), digest_size=16).hexdigest()
