"""What each surface shows somebody over HTTP, in the same plain values as what it ought to show."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, TypeAlias

from fourfold.ground.ids import new_id
from tests.conftest import Caller
from tests.social.oracle.expected import ABSENT, HIDDEN, Shown

HERE = "/v1/social"
LARGEST = 100
MOST_PAGES = 1000

Item: TypeAlias = Mapping[str, Any]


class Surprise(AssertionError):
    """An answer that no caller should ever get."""


class Screen:
    """Everything that one caller can look at; `page` is how many items they ask for at a time."""

    def __init__(self, caller: Caller, page: int = LARGEST) -> None:
        self.caller = caller
        self.page = page
        self._missing: dict[str, Any] = {}

    def one(self, path: str, **params: Any) -> Any:
        """An answer; what is not there has to answer word by word as what never was."""
        answer = self.caller.get(f"{HERE}{path}", params=params)
        if answer.status_code == 200:
            return answer.json()
        if answer.status_code == 403 and answer.json()["code"] == "social.connections_hidden":
            return HIDDEN
        if answer.status_code == 404 and _words(answer.json()) == self._nothing_at(path, params):
            return ABSENT
        raise Surprise(f"GET {path} {params}: {answer.status_code} {answer.text[:500]}")

    def _nothing_at(self, path: str, params: Mapping[str, Any]) -> Any:
        parts = path.split("/")
        parts[2] = "{}"
        kind = "/".join(parts)
        if kind not in self._missing:
            answer = self.caller.get(f"{HERE}{kind.format(new_id())}", params=params)
            if answer.status_code != 404:
                raise Surprise(f"GET {kind} of nothing: {answer.status_code}")
            self._missing[kind] = _words(answer.json())
        return self._missing[kind]

    def all(self, path: str, **params: Any) -> Any:
        """All items of a list, page by page; each comes once."""
        found: list[Any] = []
        following: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            page = self.one(path, **params, limit=self.page, **following)
            if page in (ABSENT, HIDDEN):
                return page
            found += page["items"]
            if page["next"] is None:
                return found
            following = {"cursor": page["next"]}
        raise Surprise(f"GET {path} does not end")

    def ids(self, path: str, name: Callable[[Item], str] = lambda item: str(item["id"]), **params: Any) -> Any:
        """The ids in a list, in its order."""
        found = self.all(path, **params)
        return found if isinstance(found, str) else [name(each) for each in found]

    def people(self, path: str, name: Callable[[Item], str] = lambda item: str(item["id"]), **params: Any) -> Any:
        """The same of people, whose order says nothing."""
        found = self.ids(path, name, **params)
        return found if isinstance(found, str) else sorted(found)

    def hashtags(self, beginning: str) -> dict[str, int]:
        """Hashtags that begin so, each with the number of its posts."""
        return {each["tag"]: each["posts"] for each in self.one("/search", q=beginning, type="hashtags")["items"]}

    def suggestions(self) -> dict[str, int]:
        """People whom the caller may know, each with the number of friends in common."""
        found = self.one("/suggestions", limit=LARGEST)["items"]
        return {each["person"]["id"]: each["mutuals"] for each in found}

    def people_found(self, path: str, **params: Any) -> list[str]:
        """People who are found, on one page."""
        return sorted(str(each["id"]) for each in self.one(path, **params, limit=LARGEST)["items"])

    def post(self, post_id: str) -> Shown | str:
        """A post by its id."""
        found = self.one(f"/posts/{post_id}")
        return found if isinstance(found, str) else as_post(found)

    def posts(self, path: str) -> list[Shown] | str:
        """A list of posts."""
        found = self.all(path)
        return found if isinstance(found, str) else [as_post(each) for each in found]

    def versions(self, post_id: str) -> Any:
        """What a post says and said."""
        found = self.all(f"/posts/{post_id}/versions")
        return found if isinstance(found, str) else [(each["version"], each["text"]) for each in found]

    def comment(self, comment_id: str) -> Shown | str:
        """A comment by its id."""
        found = self.one(f"/comments/{comment_id}")
        return found if isinstance(found, str) else as_comment(found)

    def thread(self, post_id: str) -> Any:
        """All comments on a post with all that answers to them."""
        found = self.all(f"/posts/{post_id}/comments", sort="old")
        return found if isinstance(found, str) else [self._with_answers(each) for each in found]

    def _with_answers(self, comment: Item) -> tuple[Shown, list[Any]]:
        path = f"/comments/{comment['id']}/replies"
        first = comment["replies"]
        answers: list[Any]
        if first is None:
            answers = self.all(path, sort="old") if comment["kids"] else []
        else:
            answers = list(first["items"])
            following = first["next"]
            while following is not None:
                page = self.one(path, sort="old", cursor=following, limit=self.page)
                answers += page["items"]
                following = page["next"]
        return as_comment(comment), [self._with_answers(each) for each in answers]

    def reactions(self, path: str) -> Any:
        """Who has reacted and how."""
        found = self.all(f"{path}/reactions")
        return found if isinstance(found, str) else [(each["person"]["id"], each["kind"]) for each in found]

    def feed(self) -> list[tuple[str, str, str]]:
        """The feed by time."""
        return [(each["id"], each["why"]["kind"], each["why"]["by"]) for each in self.all("/feed")]

    def words_muted(self) -> list[Shown]:
        """The words that the caller has muted."""
        told = ("id", "text", "places", "version")
        return [
            {**{name: each[name] for name in told}, "until": each["until"] and datetime.fromisoformat(each["until"])}
            for each in self.all("/muted-words")
        ]

    def threads_muted(self) -> list[tuple[str, Shown | str]]:
        """The threads that the caller has muted."""
        muted = [(each["post_id"], each["post"]) for each in self.all("/muted-threads")]
        return [(post_id, HIDDEN if "unavailable" in post else as_post(post)) for post_id, post in muted]

    def reports(self, **params: str) -> list[Shown]:
        """What people have reported."""
        return [as_report(each) for each in self.all("/reports", **params)]

    def profile(self, who: str) -> Shown | str:
        """A person."""
        found = self.one(f"/people/{who}")
        if isinstance(found, str):
            return found
        return {name: found[name] for name in ("handle", "name", "bio", "visibility", "counts", "you")}

    def mutuals(self, who: str) -> Any:
        """Friends in common, whose total has to be theirs."""
        first = self.one(f"/people/{who}/mutuals", limit=LARGEST)
        if isinstance(first, str):
            return first
        found = self.people(f"/people/{who}/mutuals")
        if first["total"] != len(found):
            raise Surprise(f"{first['total']} mutual friends, of whom {len(found)} are listed")
        return found

    def notifications(self) -> tuple[list[Item], int]:
        """The list of notifications, and the badge, which has to be that of the list."""
        lines, page = self.all("/notifications"), self.one("/notifications")
        badge = self.one("/notifications/unread")
        if badge["unread"] != page["unread"]:
            raise Surprise(f"the badge says {badge['unread']}, the list {page['unread']}")
        return lines, badge["unread"]


def as_post(item: Item) -> Shown:
    """A post in plain values."""
    original = item["original"]
    if original is not None:
        original = HIDDEN if "unavailable" in original else as_post(original)
    same = ("id", "text", "audience", "state", "kind", "version", "hashtags", "counts", "bookmarked")
    return {
        **{name: item[name] for name in same},
        "author": item["author"]["id"],
        "edited": item["edited_at"] is not None,
        "mentions": sorted(each["id"] for each in item["mentions"]),
        "original": original,
        "own": item["own_reaction"],
        "poll": as_poll(item["poll"]) if item["poll"] is not None else None,
    }


def as_poll(item: Item) -> Shown:
    """A poll in plain values."""
    same = ("multiple", "hide_results", "minutes", "ended", "voters")
    return {
        **{name: item[name] for name in same},
        "choices": [(each["id"], each["text"], each["votes"]) for each in item["choices"]],
        "is_out": item["ends_at"] is not None,
        "own": sorted(item["own_choice_ids"]),
    }


def as_report(item: Item) -> Shown:
    """A report in plain values."""
    same = ("id", "kind", "reason", "text", "state", "note", "version", "reporters")
    people = {name: item[name]["id"] for name in ("by", "about")}
    return {**{name: item[name] for name in same}, **people, "target": item["target_id"]}


def as_comment(item: Item) -> Shown:
    """A comment in plain values."""
    same = ("id", "text", "state", "depth", "version", "kids", "counts")
    return {
        **{name: item[name] for name in same},
        "post": item["post_id"],
        "parent": item["parent_id"],
        "author": item["author"]["id"] if item["author"] else None,
        "own": item["own_reaction"],
    }


def _words(problem: Mapping[str, Any]) -> dict[str, Any]:
    return {**problem, "request_id": ""}
