"""A made-up community, written straight into the document store: what people would take days for stands in minutes."""

import random
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from pymongo import MongoClient

from fourfold.ground.collection import TENANT, Collection
from fourfold.ground.ids import new_id
from fourfold.social.people.documents import CLAIMS, PEOPLE
from fourfold.social.people.rules import tokens_of
from fourfold.social.posts.documents import POSTS
from fourfold.social.posts.write import COUNTED
from fourfold.social.texts.rules import html_of, parsed, words_in
from fourfold.social.ties.documents import TIES
from fourfold.social.ties.rules import Bond, mirrored_parts_of, parts_of

BATCH = 250
TEXTS, WORDS_IN_TEXT = 2_000, 25
SYLLABLES = ("ba", "lo", "mi", "ren", "tu", "sha", "ver", "kel", "on", "dra", "fi", "gus", "pol", "wen", "zi", "char")
# As in languages: few words are said often, most of them seldom.
WORDS = [f"{one}{two}{three}" for one in SYLLABLES for two in SYLLABLES for three in SYLLABLES]
WEIGHTS = [1 / rank for rank in range(1, len(WORDS) + 1)]
Document = dict[str, Any]


class Members:
    """The people of one tenant and what they write; `url` is that of the document store."""

    def __init__(self, url: str, tenant_id: str, seed: int = 1) -> None:
        """Nothing is written yet."""
        self.tenant = UUID(tenant_id)
        self.client: MongoClient[Document] = MongoClient(url, uuidRepresentation="standard", tz_aware=True)
        self.database = self.client.get_default_database()
        self.chance = random.Random(seed)
        self.now = datetime.now(UTC)
        self._texts = [self._text(number) for number in range(TEXTS)]

    def people(self, number: int) -> list[UUID]:
        """New people: their ids."""
        ids = [new_id() for _ in range(number)]
        handles = {person: f"p{person.hex[-12:]}" for person in ids}
        self._add(PEOPLE, (self._person(person, handle) for person, handle in handles.items()))
        self._add(CLAIMS, ({"_id": new_id(), "handle": handles[each], "person": each, "until": None} for each in ids))
        return ids

    def follows(self, pairs: Sequence[tuple[UUID, UUID]]) -> None:
        """The first of each pair follows the second."""
        bond = Bond(follow="yes")
        ends = ((parts_of(bond), 0, 1), (mirrored_parts_of(bond), 1, 0))
        self._add(
            TIES,
            (
                {"_id": new_id(), "u": pair[u], "v": pair[v], **tie, "at": {"follow": self.now}}
                for pair in pairs
                for tie, u, v in ends
            ),
        )

    def posts(self, authors: Sequence[UUID], number: int) -> list[UUID]:
        """So many public posts, each a second older than the one before: their ids, the newest first."""
        ids = [new_id() for _ in range(number)][::-1]
        self._add(POSTS, (self._post(each, self.chance.choice(authors), age) for age, each in enumerate(ids)))
        return ids

    def close(self) -> None:
        """Gives the connection back."""
        self.client.close()

    def _add(self, collection: Collection, rows: Iterator[Document]) -> None:
        raw = self.database[collection.name]
        batch: list[Document] = []
        for row in rows:
            batch.append({TENANT: self.tenant, **row})
            if len(batch) == BATCH:
                raw.insert_many(batch, ordered=False)
                batch = []
        if batch:
            raw.insert_many(batch, ordered=False)

    def _text(self, number: int) -> Document:
        said = " ".join(self.chance.choices(WORDS, WEIGHTS, k=WORDS_IN_TEXT))
        text = f"{said} unique{number} #{WORDS[number % len(WORDS)]}"
        read = parsed(text)
        words = [*words_in(text), *read.hashtags]
        return {"text": text, "html": html_of(read, {}), "hashtags": list(read.hashtags), "words": words}

    def _post(self, post_id: UUID, author: UUID, age: int) -> Document:
        at = self.now - timedelta(seconds=age)
        return {
            "_id": post_id, "author": author, **self.chance.choice(self._texts), "mentions": [], "media": [],
            "of": None, "chain": [], "above": [], "group": None, "audience": "public", "state": "published",
            "kind": "post", "created_at": at, "published_at": at, "edited_at": None, "publish_at": None,
            "time_zone": None, "version": 1, "counts": {**dict.fromkeys(COUNTED, 0), "like": self.chance.randrange(50)},
        }  # fmt: skip

    def _person(self, person: UUID, handle: str) -> Document:
        name = f"{self.chance.choice(WORDS).title()} {self.chance.choice(WORDS).title()}"
        return {
            "_id": person, "handle": handle, "name": name, "bio": "", "links": [], "location": "", "avatar": None,
            "cover": None, "visibility": "public", "state": "active", "badge": None, "settings": {}, "fields": {},
            "counts": {"followers": 0, "following": 0, "friends": 0, "posts": 0}, "words": tokens_of(handle, name),
            "version": 1, "created_at": self.now,
        }  # fmt: skip
