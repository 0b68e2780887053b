"""What belongs together in one notification, what it says, and which of them somebody wants."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from fourfold.social.visibility.rules import Tie

Kind = Literal[
    "reaction",
    "repost",
    "follow",
    "quote",
    "comment",
    "reply",
    "mention",
    "follow_request",
    "friend_request",
    "friend",
    "poll",
]
Channel = Literal["in_app", "mail", "push"]
KINDS: Sequence[Kind] = get_args(Kind)
CHANNELS: Sequence[Channel] = get_args(Channel)
# Words that somebody has written are worth a line of their own.
GROUPED = frozenset({"reaction", "repost", "follow"})
# Nobody gets mail that they have not asked for; a device is registered by whoever wants to hear of things there.
DEFAULTS: Mapping[str, bool] = {"in_app": True, "mail": False, "push": True}

_SAYS: Mapping[str, str] = {
    "reaction": "reacted to your {what}",
    "repost": "reposted your post",
    "follow": "started to follow you",
    "quote": "quoted your post",
    "comment": "commented on your post",
    "reply": "answered your comment",
    "mention": "mentioned you in a {what}",
    "follow_request": "asked to follow you",
    "friend_request": "asked to be friends with you",
    "friend": "accepted your friend request",
}
POLL: Kind = "poll"


def group_of(kind: str, actor: UUID, about: UUID, at: datetime) -> str:
    """The name of the group of an occurrence: one of each day for what is grouped, else one for itself."""
    return f"{kind}:{about}:{at:%Y-%m-%d}" if kind in GROUPED else f"{kind}:{about}:{actor}"


def still_holds(kind: str, tie: Tie) -> bool:
    """Whether what somebody is told of a tie is still so; `tie` is theirs to whoever has done it."""
    if kind == "follow":
        return tie.followed == "yes"
    if kind == "follow_request":
        return tie.followed == "asked"
    if kind == "friend_request":
        return tie.friend == "asks"
    return kind != "friend" or tie.friend == "friends"


def sentence(kind: str, names: Sequence[str], number: int, what: str) -> str:
    """What a notification says: `number` people have done it, of whom the first ones are named.

    A poll ends by itself: its author is named, or (with no names) whoever reads it is.
    """
    if kind == POLL:
        return f"{names[0]}'s poll has ended" if names else "Your poll has ended"
    return f"{_people(names, number)} {_SAYS[kind].format(what=what)}"


def _people(names: Sequence[str], number: int) -> str:
    others = number - 1
    if not others:
        return names[0]
    if others == 1:
        return f"{names[0]} and {names[1] if len(names) > 1 else '1 other'}"
    return f"{names[0]} and {others} others"


def is_wanted(chosen: Mapping[str, Mapping[str, bool]], kind: str, channel: str) -> bool:
    """Whether somebody wants what is of a kind on a channel; `chosen` is what they have chosen, of some kinds."""
    return chosen.get(kind, {}).get(channel, DEFAULTS[channel])


def wanted_kinds(chosen: Mapping[str, Mapping[str, bool]], channel: str) -> list[str]:
    """All kinds that somebody wants on a channel."""
    return [kind for kind in KINDS if is_wanted(chosen, kind, channel)]
