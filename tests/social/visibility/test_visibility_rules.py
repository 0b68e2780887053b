"""Who sees what, decided without a server: each rule, their order, and what holds for all that can be thought up."""

from dataclasses import replace
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fourfold.social.visibility.rules import (
    POST_RULES,
    CommentFacts,
    PersonFacts,
    PostFacts,
    Tie,
    Verdict,
    Viewer,
    decide_comment,
    decide_person,
    decide_post,
    field_shown,
    may_by_setting,
)

ME, AUTHOR, OTHER, THIRD, GROUP = (UUID(int=number) for number in range(1, 6))
PEOPLE = [ME, AUTHOR, OTHER, THIRD]
VISITOR = Viewer()
FOLLOWS, FRIENDS, ASKED = Tie(follow="yes"), Tie(friend="friends"), Tie(follow="asked", friend="asked")
OPEN = {each: PersonFacts(each, f"person{each.int}", "Somebody") for each in PEOPLE}
PROTECTED = {**OPEN, AUTHOR: replace(OPEN[AUTHOR], visibility="protected")}
SUSPENDED = {**OPEN, AUTHOR: replace(OPEN[AUTHOR], state="suspended")}
ERASED = {**OPEN, AUTHOR: replace(OPEN[AUTHOR], state="erased")}


def member(tie: Tie | None = None, *, staff: bool = False, groups: frozenset[UUID] = frozenset()) -> Viewer:
    """Somebody who has this tie to the author."""
    ties = {} if tie is None else {AUTHOR: tie}
    return Viewer(ME, staff, frozenset(who for who, each in ties.items() if each.cut), frozenset(), ties, groups)


def cut_from(*people: UUID) -> Viewer:
    return Viewer(ME, cut=frozenset(people), ties={each: Tie(blocked=True) for each in people})


def post(**facts: object) -> PostFacts:
    return replace(PostFacts(UUID(int=99), AUTHOR), **facts)  # type: ignore[arg-type]  # by the names of fields


STRANGER, FOLLOWER, FRIEND, STAFF = member(), member(FOLLOWS), member(FRIENDS), member(staff=True)
FELLOW = member(groups=frozenset({GROUP}))
WRITER = Viewer(AUTHOR)


@pytest.mark.parametrize(
    ("audience", "authors", "those_who_see"),
    [
        ("public", OPEN, "visitor stranger asked follower friend fellow staff writer"),
        ("public", PROTECTED, "follower friend writer"),
        ("followers", OPEN, "follower friend writer"),
        ("followers", PROTECTED, "follower friend writer"),
        ("friends", OPEN, "friend writer"),
        ("group", OPEN, "fellow writer"),
        ("me", OPEN, "writer"),
        ("nonsense", OPEN, "writer"),
        ("public", SUSPENDED, "staff"),
        ("followers", SUSPENDED, ""),
        ("public", ERASED, ""),
        ("public", {}, ""),
    ],
)
def test_audiences(audience: str, authors: dict[UUID, PersonFacts], those_who_see: str) -> None:
    """S-20, I3: each audience is exactly who it says, and protected people have no visitors."""
    viewers = {
        "visitor": VISITOR, "stranger": STRANGER, "asked": member(ASKED), "follower": FOLLOWER, "friend": FRIEND,
        "fellow": FELLOW, "staff": STAFF, "writer": WRITER,
    }  # fmt: skip
    seen = [
        name
        for name, viewer in viewers.items()
        if decide_post(viewer, post(audience=audience, group=GROUP), authors).allow
    ]
    assert seen == those_who_see.split()


@pytest.mark.parametrize(
    ("state", "those_who_see"),
    [
        ("published", "visitor stranger staff writer"),
        ("draft", "writer"),
        ("scheduled", "writer"),
        ("held", "staff writer"),
        ("deleted", ""),
        ("unheard_of", ""),
    ],
)
def test_states(state: str, those_who_see: str) -> None:
    """S-22, S-23, S-28: what is not out yet is its author's, what is held is decided on, what is deleted is gone."""
    viewers = {"visitor": VISITOR, "stranger": STRANGER, "staff": STAFF, "writer": WRITER}
    seen = [name for name, viewer in viewers.items() if decide_post(viewer, post(state=state), OPEN).allow]
    assert seen == those_who_see.split()


def test_staff_sees_what_is_held_for_friends_and_nothing_else_of_theirs() -> None:
    """S-28: moderators decide on what is held, but do not read private posts."""
    assert decide_post(STAFF, post(state="held", audience="friends"), OPEN).allow
    assert not decide_post(STAFF, post(audience="friends"), OPEN).allow


@pytest.mark.parametrize(
    ("facts", "reason"),
    [
        ({}, "cut_with_author"),
        ({"author": OTHER, "mentions": (AUTHOR,)}, "cut_with_others"),
        ({"author": OTHER, "kind": "quote", "above": (THIRD, AUTHOR)}, "cut_with_others"),
    ],
)
def test_blocks_reach_everything(facts: dict[str, object], reason: str) -> None:
    """S-07, I1, I2: who is cut off from an author, a person mentioned or one quoted sees nothing of it."""
    verdict = decide_post(cut_from(AUTHOR), post(**facts), OPEN)
    assert (verdict.allow, verdict.reason) == (False, reason)


def test_a_block_is_stronger_than_following() -> None:
    """S-07: whatever the ties say beside it, a block ends it."""
    tie = Tie(follow="yes", friend="friends", block=True)
    assert not decide_post(member(tie), post(), OPEN).allow


def test_a_repost_shows_nothing_new() -> None:
    """S-26, I2: a repost is seen by those who see the original, not even by its own maker when that is gone."""
    original = replace(post(audience="friends"), id=UUID(int=98))
    repost = PostFacts(UUID(int=97), OTHER, kind="repost", of=original.id, above=(AUTHOR,))
    for viewer in (VISITOR, STRANGER, FOLLOWER, STAFF, Viewer(OTHER)):
        assert decide_post(viewer, repost, OPEN, original).reason == "original"
    assert decide_post(FRIEND, repost, OPEN, original).allow
    assert not decide_post(FRIEND, repost, OPEN, replace(original, state="deleted")).allow
    assert not decide_post(FRIEND, repost, OPEN, None).allow


def test_a_quote_stands_without_its_original() -> None:
    """S-26: a quote is its author's own words, and is shown without what it quotes."""
    quote = PostFacts(UUID(int=97), OTHER, kind="quote", of=UUID(int=98), above=(AUTHOR,))
    assert decide_post(STRANGER, quote, OPEN, None).allow


def test_the_first_rule_that_answers_decides_and_the_trace_says_so() -> None:
    """S-20: the order of the rules is part of the promise; an explanation names each that was asked."""
    verdict = decide_post(cut_from(AUTHOR), post(state="deleted"), OPEN)
    assert (verdict.reason, [step.rule for step in verdict.trace]) == ("deleted", ["deleted"])
    verdict = decide_post(FRIEND, post(audience="friends"), OPEN)
    assert [step.rule for step in verdict.trace] == [name for name, _ in POST_RULES]
    assert [step.says for step in verdict.trace][-2:] == ["go on", "allow"]
    before = [name for name, _ in POST_RULES]
    wanted = ["deleted", "unpublished", "held", "author_away", "own", "cut_with_author", "audience"]
    assert [name for name in before if name in wanted] == wanted
    assert before.index("original") < before.index("own")


ids = st.sampled_from(PEOPLE)
ties = st.builds(
    Tie,
    follow=st.sampled_from(["no", "asked", "yes"]),
    followed=st.sampled_from(["no", "asked", "yes"]),
    friend=st.sampled_from(["no", "asked", "asks", "friends"]),
    block=st.booleans(),
    blocked=st.booleans(),
    mute=st.booleans(),
)
people = st.fixed_dictionaries(
    {
        each: st.builds(
            PersonFacts,
            id=st.just(each),
            handle=st.just("somebody"),
            name=st.just("Somebody"),
            visibility=st.sampled_from(["public", "protected"]),
            state=st.sampled_from(["active", "active", "suspended", "erased"]),
        )
        for each in PEOPLE
    }
)


def posts(kinds: list[str]) -> st.SearchStrategy[PostFacts]:
    return st.builds(
        PostFacts,
        id=st.just(UUID(int=99)),
        author=ids,
        audience=st.sampled_from(["public", "followers", "friends", "group", "me"]),
        state=st.sampled_from(["published", "published", "published", "draft", "scheduled", "held", "deleted"]),
        kind=st.sampled_from(kinds),
        group=st.sampled_from([None, GROUP]),
        above=st.lists(ids, max_size=2).map(tuple),
        mentions=st.lists(ids, max_size=2).map(tuple),
    )


@st.composite
def viewers(draw: st.DrawFn) -> Viewer:
    """A member with ties to everybody; who is cut follows from them."""
    known = draw(st.fixed_dictionaries({each: ties for each in PEOPLE if each != ME}))
    groups = frozenset({GROUP}) if draw(st.booleans()) else frozenset()
    cut = frozenset(who for who, tie in known.items() if tie.cut)
    return Viewer(ME, draw(st.booleans()), cut, frozenset(), known, groups)


@given(viewer=viewers(), seen=posts(["post", "quote", "repost"]), original=posts(["post", "quote"]), authors=people)
def test_a_repost_never_widens(
    viewer: Viewer, seen: PostFacts, original: PostFacts, authors: dict[UUID, PersonFacts]
) -> None:
    """S-26, I2: whoever is shown a repost is shown the original by itself as well."""
    repost = replace(seen, kind="repost", of=original.id)
    if decide_post(viewer, repost, authors, original).allow:
        assert decide_post(viewer, original, authors).allow


@given(viewer=viewers(), seen=posts(["post", "quote"]), authors=people)
def test_visitors_see_no_more_than_members(viewer: Viewer, seen: PostFacts, authors: dict[UUID, PersonFacts]) -> None:
    """S-20, I3: signing in shows more, but for what a block takes away."""
    if decide_post(VISITOR, seen, authors).allow:
        assert decide_post(replace(viewer, cut=frozenset(), ties={}), seen, authors).allow


@given(tie=ties, seen=posts(["post", "quote"]), authors=people)
def test_blocks_are_mutual(tie: Tie, seen: PostFacts, authors: dict[UUID, PersonFacts]) -> None:
    """S-07, I1: it makes no difference who of the two has blocked."""
    mirror = replace(tie, block=tie.blocked, blocked=tie.block)
    shown = [
        decide_post(Viewer(ME, cut=frozenset({OTHER} if each.cut else ()), ties={OTHER: each}), seen, authors)
        for each in (tie, mirror)
    ]
    assert shown[0] == shown[1]


@given(viewer=viewers(), seen=posts(["post", "quote", "repost"]), original=posts(["post"]), authors=people)
def test_whoever_is_cut_off_sees_nothing(
    viewer: Viewer, seen: PostFacts, original: PostFacts, authors: dict[UUID, PersonFacts]
) -> None:
    """S-07, I1, I2: no other rule gives back what a block takes, but for what is held and for one's own."""
    involved = {seen.author, *seen.mentions, *seen.above}
    if seen.state == "published" and seen.author != ME and not viewer.cut.isdisjoint(involved):
        assert not decide_post(viewer, seen, authors, original).allow


@given(viewer=viewers(), seen=posts(["post", "quote", "repost"]), authors=people)
def test_more_ties_never_show_less(viewer: Viewer, seen: PostFacts, authors: dict[UUID, PersonFacts]) -> None:
    """S-06: following and being friends only ever add."""
    stranger = replace(viewer, cut=frozenset(), ties={}, groups=frozenset())
    friend = replace(stranger, ties=dict.fromkeys(PEOPLE, FRIENDS), groups=frozenset({GROUP}))
    if decide_post(stranger, seen, authors).allow:
        assert decide_post(friend, seen, authors).allow


def comment(**facts: object) -> CommentFacts:
    return replace(CommentFacts(UUID(int=50), AUTHOR), **facts)  # type: ignore[arg-type]  # by the names of fields


SHOWN, HIDDEN = Verdict(allow=True, reason="audience"), Verdict(allow=False, reason="audience")


@pytest.mark.parametrize(
    ("viewer", "facts", "under", "authors", "expected"),
    [
        (STRANGER, {}, SHOWN, OPEN, (True, "post")),
        (WRITER, {}, SHOWN, OPEN, (True, "own")),
        (STRANGER, {}, HIDDEN, OPEN, (False, "post")),
        (WRITER, {}, HIDDEN, OPEN, (False, "post")),
        (cut_from(AUTHOR), {}, SHOWN, OPEN, (False, "cut")),
        (cut_from(OTHER), {"above": (THIRD, OTHER)}, SHOWN, OPEN, (False, "cut")),
        (cut_from(OTHER), {"mentions": (OTHER,)}, SHOWN, OPEN, (False, "cut")),
        (STRANGER, {"state": "deleted"}, SHOWN, OPEN, (False, "deleted")),
        (STRANGER, {"state": "deleted", "kids": 1}, SHOWN, OPEN, (True, "tombstone")),
        (cut_from(AUTHOR), {"state": "deleted", "kids": 1}, SHOWN, OPEN, (False, "cut")),
        (STRANGER, {"state": "held"}, SHOWN, OPEN, (False, "held")),
        (STAFF, {"state": "held"}, SHOWN, OPEN, (True, "held")),
        (WRITER, {"state": "held"}, SHOWN, OPEN, (True, "held")),
        (STRANGER, {}, SHOWN, SUSPENDED, (False, "author_away")),
        (STRANGER, {"kids": 1}, SHOWN, SUSPENDED, (True, "tombstone")),
        (STRANGER, {"state": "held", "kids": 1}, SHOWN, OPEN, (True, "tombstone")),
        (cut_from(OTHER), {"above": (OTHER,), "kids": 1}, SHOWN, SUSPENDED, (False, "cut")),
        (STAFF, {}, SHOWN, SUSPENDED, (True, "post")),
        (STAFF, {}, SHOWN, ERASED, (False, "author_away")),
        (STRANGER, {"state": "unheard_of"}, SHOWN, OPEN, (False, "unheard_of")),
    ],
)
def test_comments(
    viewer: Viewer, facts: dict[str, object], under: Verdict, authors: dict[UUID, PersonFacts],
    expected: tuple[bool, str],
) -> None:  # fmt: skip
    """S-24, I2: a comment needs its post, and nobody above or in it with whom one is cut off."""
    verdict = decide_comment(viewer, comment(**facts), under, authors)
    assert (verdict.allow, verdict.reason) == expected


@pytest.mark.parametrize(
    ("viewer", "authors", "expected"),
    [
        (VISITOR, OPEN, True),
        (VISITOR, PROTECTED, True),
        (STRANGER, OPEN, True),
        (cut_from(AUTHOR), OPEN, False),
        (STRANGER, SUSPENDED, False),
        (STAFF, SUSPENDED, True),
        (WRITER, SUSPENDED, True),
        (STAFF, ERASED, False),
        (WRITER, ERASED, False),
    ],
)
def test_people(viewer: Viewer, authors: dict[UUID, PersonFacts], *, expected: bool) -> None:
    """S-01, S-07: who is cut off, suspended or erased is not there."""
    assert decide_person(viewer, authors[AUTHOR]).allow is expected


@pytest.mark.parametrize(
    ("circle", "those"),
    [
        ("public", "visitor stranger follower friend writer"),
        ("followers", "follower friend writer"),
        ("friends", "friend writer"),
        ("me", "writer"),
    ],
)
def test_fields_of_profiles(circle: str, those: str) -> None:
    """S-01, S-02: each part of a profile has its circle; those with whom one is cut off are in none."""
    viewers = {"visitor": VISITOR, "stranger": STRANGER, "follower": FOLLOWER, "friend": FRIEND, "writer": WRITER}
    person = replace(OPEN[AUTHOR], fields={"bio": circle}, settings={"message": circle})
    assert [name for name, each in viewers.items() if field_shown(each, person, "bio")] == those.split()
    assert [name for name, each in viewers.items() if may_by_setting(each, person, "message")] == those.split()
    assert not field_shown(cut_from(AUTHOR), person, "bio")
