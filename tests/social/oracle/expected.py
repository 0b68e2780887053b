"""What each surface ought to show to somebody, in plain values: worked out from the model alone."""

from collections import Counter
from typing import Any, TypeAlias

from tests.social.oracle.model import DEEPEST, Comment, Model, Poll, Post, Report, Viewer

HIDDEN, ABSENT = "hidden", "absent"

Shown: TypeAlias = dict[str, Any]


def post_shown(model: Model, viewer: Viewer, post: Post, depth: int = 0) -> Shown:
    """A post that the viewer sees, with what it refers to."""
    counts = model.counted(viewer, post.id)
    counts |= {
        "comments": model.comments_counted(viewer, post.id),
        "shares": model.shares_counted(viewer, post.id),
    }
    own = model.reactions[post.id].get(viewer or "")
    return {
        "id": post.id,
        "author": post.author,
        "text": post.text,
        "audience": post.audience,
        "state": post.state,
        "kind": post.kind,
        "version": post.version,
        "edited": bool(post.former),
        "mentions": sorted(each for each in post.mentions if not model.cut(viewer, each)),
        "hashtags": post.hashtags,
        "original": _original_shown(model, viewer, post, depth),
        "counts": counts,
        "own": own[0] if own else None,
        "bookmarked": (viewer or "", post.id) in model.bookmarks,
        "poll": poll_shown(model, viewer, post.poll) if post.poll is not None else None,
    }


def poll_shown(model: Model, viewer: Viewer, poll: Poll) -> Shown:
    """A poll: how it stands is shown to whoever has voted when it is hidden, and to everybody once it is over."""
    own = poll.votes.get(viewer or "", set())
    is_shown = not poll.hides or bool(own) or model.has_ended(poll)
    number = Counter(choice for chosen in poll.votes.values() for choice in chosen)
    return {
        "choices": [(each, text, number[each] if is_shown else None) for each, text in poll.choices.items()],
        "multiple": poll.multiple,
        "hide_results": poll.hides,
        "minutes": poll.minutes,
        "ended": model.has_ended(poll),
        "is_out": poll.ends is not None,
        "voters": len(poll.votes),
        "own": sorted(own),
    }


def _original_shown(model: Model, viewer: Viewer, post: Post, depth: int) -> Shown | str | None:
    original = model.original(post)
    if original is None or depth >= DEEPEST:
        return None
    return post_shown(model, viewer, original, depth + 1) if model.sees(viewer, original.id) else HIDDEN


def one_post(model: Model, viewer: Viewer, post: Post) -> Shown | str:
    """A post by its id."""
    return post_shown(model, viewer, post) if model.sees(viewer, post.id) else ABSENT


def posts_of(model: Model, viewer: Viewer, member: str) -> list[Shown] | str:
    """What somebody has published."""
    if model.cut(viewer, member):
        return ABSENT
    return [
        post_shown(model, viewer, each)
        for each in model.published()
        if each.author == member and model.sees(viewer, each.id)
    ]


def versions(model: Model, viewer: Viewer, post: Post) -> list[tuple[int, str | None]] | str:
    """What a post says and said, the newest first; None where that was for others."""
    if not model.sees(viewer, post.id):
        return ABSENT
    told = [
        (version, text if model.sees(viewer, post.id, audience) else None)
        for version, text, audience in reversed(post.former)
    ]
    return [(post.version, post.text), *told]


def comment_shown(model: Model, viewer: Viewer, comment: Comment) -> Shown:
    """A comment, or the place where one was."""
    whole = model.there(viewer, comment.id) == "whole"
    own = model.reactions[comment.id].get(viewer or "")
    return {
        "id": comment.id,
        "post": comment.post,
        "parent": comment.parent,
        "author": comment.author if whole else None,
        "text": comment.text if whole else "",
        "state": "published" if whole else "deleted",
        "depth": comment.depth,
        "version": comment.version,
        "kids": model.kids(viewer, comment),
        "counts": model.counted(viewer, comment.id) if whole else dict.fromkeys(model.counted(None, comment.id), 0),
        "own": own[0] if whole and own else None,
    }


def one_comment(model: Model, viewer: Viewer, comment: Comment) -> Shown | str:
    """A comment by its id."""
    return comment_shown(model, viewer, comment) if model.there(viewer, comment.id) else ABSENT


def thread(model: Model, viewer: Viewer, post: Post) -> list[Any] | str:
    """All comments on a post, each with all that answers to it."""
    if not model.sees(viewer, post.id):
        return ABSENT
    return _answers(model, viewer, model.meant(post).id, None)


def _answers(model: Model, viewer: Viewer, post_id: str, parent: str | None) -> list[Any]:
    return [
        (comment_shown(model, viewer, model.comments[each]), _answers(model, viewer, post_id, each))
        for each in model.answers[post_id, parent]
        if model.there(viewer, each)
    ]


def reactions_to(model: Model, viewer: Viewer, target: str) -> list[tuple[str, str]]:
    """Who has reacted and how, the latest first."""
    given = sorted(model.reactions[target].items(), key=lambda each: -each[1][1])
    return [(by, kind) for by, (kind, _) in given if not model.cut(viewer, by)]


def reactions_to_post(model: Model, viewer: Viewer, post: Post) -> list[tuple[str, str]] | str:
    """The same of a post."""
    return reactions_to(model, viewer, model.meant(post).id) if model.sees(viewer, post.id) else ABSENT


def reactions_to_comment(model: Model, viewer: Viewer, comment: Comment) -> list[tuple[str, str]] | str:
    """The same of a comment."""
    return reactions_to(model, viewer, comment.id) if model.there(viewer, comment.id) == "whole" else ABSENT


def feed(model: Model, viewer: str) -> list[tuple[str, str, str]]:
    """The posts of a feed with why each is there and because of whom, the newest first."""
    return [
        (each.id, _why(model, viewer, each), each.author)
        for each in model.published()
        if _is_read(model, viewer, each.author)
        and model.sees(viewer, each.id)
        and not model.mutes_post(viewer, "feed", each)
    ]


def _is_read(model: Model, viewer: str, author: str) -> bool:
    return viewer == author or model.follows(viewer, author)


def _why(model: Model, viewer: str, post: Post) -> str:
    if post.kind == "repost":
        return "repost"
    if post.author == viewer:
        return "own"
    return "friend" if model.are_friends(viewer, post.author) else "following"


def found(model: Model, viewer: str, word: str) -> list[str]:
    """Posts that say a word, the newest first."""
    return [each.id for each in model.published() if word in each.words and _is_found(model, viewer, each)]


def tagged(model: Model, viewer: Viewer, tag: str) -> list[str]:
    """Posts with a hashtag, the newest first."""
    return [each.id for each in model.published() if tag in each.hashtags and _is_found(model, viewer, each)]


def hashtags(model: Model, viewer: str, beginning: str) -> dict[str, int]:
    """Hashtags that begin so, with how many posts there are of each for the viewer."""
    counted = Counter(
        tag
        for each in model.published()
        if _is_found(model, viewer, each)
        for tag in each.hashtags
        if tag.startswith(beginning)
    )
    return dict(counted)


def _is_found(model: Model, viewer: Viewer, post: Post) -> bool:
    return post.kind != "repost" and model.sees(viewer, post.id) and not model.mutes_post(viewer, "search", post)


def bookmarked(model: Model, viewer: str) -> list[str]:
    """What somebody has kept for later, the latest first."""
    kept = sorted(((at, post) for (by, post), at in model.bookmarks.items() if by == viewer), reverse=True)
    return [post for _, post in kept if model.sees(viewer, post)]


def drafts(model: Model, viewer: str) -> list[str]:
    """Somebody's drafts."""
    return sorted(each.id for each in model.posts.values() if (each.author, each.state) == (viewer, "draft"))


def profile(model: Model, viewer: Viewer, member_id: str) -> Shown | str:
    """A person."""
    member = model.members[member_id]
    if model.cut(viewer, member_id):
        return ABSENT
    shows = model.shows_connections(member_id, viewer)
    counts: dict[str, int | None] = {
        kind: sum(not model.cut(viewer, each) for each in model.tied_to(member_id, kind)) if shows else None
        for kind in ("followers", "following", "friends")
    }
    counts["posts"] = sum(
        (each.author, each.audience) == (member_id, "public") and each.kind != "repost" for each in model.published()
    )
    return {
        "handle": member.handle,
        "name": member.name,
        "bio": f"I am {member.name}." if model.is_among(viewer, member_id, member.bio) else None,
        "visibility": "protected" if member.protected else "public",
        "counts": counts,
        "you": _between(model, viewer, member_id),
    }


def _between(model: Model, viewer: Viewer, member: str) -> Shown | None:
    if viewer is None or viewer == member:
        return None
    friend = "friends" if model.are_friends(viewer, member) else "no"
    if (viewer, member) in model.asked:
        friend = "asked"
    if (member, viewer) in model.asked:
        friend = "asks"
    return {
        "follow": model.follow.get((viewer, member), "no"),
        "followed": model.follow.get((member, viewer), "no"),
        "friend": friend,
        "muted": (viewer, member) in model.mutes,
    }


def connections(model: Model, viewer: str, member: str, kind: str) -> list[str] | str:
    """Somebody's followers, those whom they follow, their friends, or those in common with the viewer."""
    if model.cut(viewer, member):
        return ABSENT
    if not model.shows_connections(member, viewer):
        return HIDDEN
    tied = model.tied_to(member, "friends" if kind == "mutuals" else kind)
    if kind == "mutuals":
        tied &= model.tied_to(viewer, "friends")
    return sorted(
        each
        for each in tied
        if not model.cut(viewer, each) and (viewer == member or model.shows_connections(each, viewer))
    )


def suggestions(model: Model, viewer: str) -> dict[str, int]:
    """Friends of friends, with how many friends they are of."""
    through = {each for each in model.tied_to(viewer, "friends") if model.shows_connections(each, viewer)}
    known = {viewer, *model.tied_to(viewer, "friends"), *model.tied_to(viewer, "following")}
    weighed = Counter(other for each in through for other in model.tied_to(each, "friends") - known)
    return {
        other: number
        for other, number in weighed.items()
        if model.is_findable(other, viewer)
        and model.shows_connections(other, viewer)
        and not {(viewer, other), (other, viewer)} & set(model.asked)
    }


def waiting(model: Model, viewer: str, which: str) -> list[str]:
    """Whose requests somebody has received or sent, and who asks to follow them."""
    if which == "sent":
        return sorted(other for one, other in model.asked if one == viewer)
    if which == "received":
        return sorted(one for one, other in model.asked if other == viewer)
    return sorted(one for (one, other), how in model.follow.items() if (other, how) == (viewer, "asked"))


def set_apart(model: Model, viewer: str, which: str) -> list[str]:
    """Whom somebody blocks, or mutes."""
    if which == "blocks":
        return sorted(other for one, other in model.blocks if one == viewer)
    return sorted(other for one, other in model.mutes if one == viewer and not model.cut(viewer, other))


def words_muted(model: Model, viewer: str) -> list[Shown]:
    """The words that somebody has muted, the latest first."""
    told = ("id", "text", "places", "until", "version")
    return [{name: getattr(each, name) for name in told} for each in model.words_muted(viewer)]


def threads_muted(model: Model, viewer: str) -> list[tuple[str, Shown | str]]:
    """The threads that somebody has muted, the latest first."""
    muted = sorted(((at, post) for (by, post), at in model.muted_threads.items() if by == viewer), reverse=True)
    shown = [(post, one_post(model, viewer, model.posts[post])) for _, post in muted]
    return [(post, HIDDEN if what == ABSENT else what) for post, what in shown]


def reports(model: Model, state: str | None = None) -> list[Shown]:
    """What people have reported, the latest first, as moderators are shown it."""
    counted = Counter(each.target for each in model.reports.values())
    made = [each for each in reversed(model.reports.values()) if state in {None, each.state}]
    return [report_shown(each) | {"reporters": counted[each.target]} for each in made]


def report_shown(report: Report) -> Shown:
    """A report."""
    told = ("id", "by", "kind", "target", "about", "reason", "text", "state", "note", "version")
    return {name: getattr(report, name) for name in told}


def people_found(model: Model, viewer: str, name: str) -> list[str]:
    """People of a name."""
    called = [each.id for each in model.members.values() if each.name == name]
    return sorted(each for each in called if model.is_findable(each, viewer))


def mentionable(model: Model, viewer: str, beginning: str) -> list[str]:
    """People whose name begins so and whom somebody may mention."""
    return sorted(
        each.id
        for each in model.members.values()
        if each.id != viewer
        and each.handle.startswith(beginning)
        and model.is_findable(each.id, viewer)
        and model.allows(each.id, "mention", viewer)
    )
