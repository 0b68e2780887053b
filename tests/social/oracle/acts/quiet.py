"""People who do not want to meet words, hashtags and threads, some of them for a while, and then do again."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from tests.social.oracle.acts.people import SAID, TAGS, People
from tests.social.oracle.acts.ties import CONFLICT, CREATED, DONE, MISSING, OK
from tests.social.oracle.model import MutedWord, Post

PLACES = ["feed", "notifications", "search"]
SPELLINGS = [*SAID, "Apple", "\u00e1pple", "apple river", "River stone", *TAGS, *(f"#{tag}" for tag in TAGS), "#Music"]
# Whoever mutes more meets little that could be wrong.
MOST_MUTED = 2
# How often each is done.
QUIETING: Mapping[str, int] = {
    "mute_word": 6, "change_word": 2, "unmute_word": 2, "mute_thread": 4, "unmute_thread": 1,
}  # fmt: skip


class Quieting:
    """What people do not want to meet beside people."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.model = people.model
        self.chance = people.chance
        self.acts: Mapping[str, Callable[[str], None]] = {name: getattr(self, f"_{name}") for name in QUIETING}

    def _places(self) -> list[str]:
        return [each for each in PLACES if self.chance.random() < 0.7] or ["feed"]

    def _end(self) -> tuple[int | None, datetime | None]:
        """The hour in which it is over, and when that is; mostly it is for good."""
        hours = self.chance.choice([None, 1, 1, 2])
        return (None, None) if hours is None else (self.model.hour + hours, self.people.in_hours(hours))

    def _known(self, me: str, text: str, but: str = "") -> bool:
        key = MutedWord("", me, text, []).key
        return any(each.key == key and each.id != but for each in self.model.words_muted(me))

    def _mute_word(self, me: str) -> None:
        if len(self.model.words_muted(me)) >= MOST_MUTED:
            self._unmute_word(me)
            return
        text, places, (ends, until) = self.chance.choice(SPELLINGS), self._places(), self._end()
        body: dict[str, Any] = {"text": text, "until": until and until.isoformat()}
        if places != PLACES or self.chance.random() < 0.5:
            body["places"] = places
        status = CONFLICT if self._known(me, text) else CREATED
        answer = self.people.ask(me, "POST", "/muted-words", status, **body)
        if status == CREATED:
            self.model.muted_words[answer["id"]] = MutedWord(answer["id"], me, text, places, ends, until)

    def _word_of(self, me: str) -> MutedWord | None:
        """One of their words, now and then somebody else's."""
        if self.chance.random() < 0.1:
            me = self.people.other(me)
        words = self.model.words_muted(me)
        return self.chance.choice(words) if words else None

    def _change_word(self, me: str) -> None:
        word = self._word_of(me)
        if word is None:
            return
        text, places, (ends, until) = self.chance.choice(SPELLINGS), self._places(), self._end()
        given = {"text": text, "places": places, "until": until and until.isoformat()}
        named = self.chance.sample(sorted(given), self.chance.randint(1, 2))
        status = self._changed(me, word, text if "text" in named else word.text)
        self.people.ask(me, "PATCH", f"/muted-words/{word.id}", status, **{name: given[name] for name in named})
        if status != OK:
            return
        word.version += 1
        word.text = text if "text" in named else word.text
        word.places = places if "places" in named else word.places
        word.ends, word.until = (ends, until) if "until" in named else (word.ends, word.until)

    def _changed(self, me: str, word: MutedWord, text: str) -> int:
        if word.by != me:
            return MISSING
        return CONFLICT if self._known(me, text, but=word.id) else OK

    def _unmute_word(self, me: str) -> None:
        word = self._word_of(me)
        if word is not None:
            self.people.ask(me, "DELETE", f"/muted-words/{word.id}", DONE if word.by == me else MISSING)
            if word.by == me:
                del self.model.muted_words[word.id]

    def _mute_thread(self, me: str) -> None:
        # Mostly a thread of which they have heard.
        heard = {each.post for each in self.people.telling.rows.values() if each.to == me and each.post is not None}
        post = self.people.post(me, [self.model.posts[each] for each in sorted(heard)] or None)
        if post is None:
            return
        is_there = self.model.sees(me, post.id)
        self.people.ask(me, "PUT", f"/posts/{post.id}/mute", DONE if is_there else MISSING)
        if is_there:
            self.model.muted_threads.setdefault((me, self.model.meant(post).id), self.model.tick())

    def _unmute_thread(self, me: str) -> None:
        muted = [self.model.posts[post] for by, post in self.model.muted_threads if by == me]
        post = self.people.post(me, muted or None)
        if post is not None:
            self.people.ask(me, "DELETE", f"/posts/{post.id}/mute", self._unmuted(me, post))

    def _unmuted(self, me: str, post: Post) -> int:
        if self.model.muted_threads.pop((me, post.id), None) is not None:
            return DONE
        if not self.model.sees(me, post.id):
            return MISSING
        self.model.muted_threads.pop((me, self.model.meant(post).id), None)
        return DONE
