"""A community to look at: posts, and ties between people set where no caller can."""

import time
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any
from uuid import UUID

from pymongo import MongoClient
from redis import Redis

from fourfold.ground.collection import Collection
from fourfold.ground.ids import new_id
from fourfold.social.people.documents import PEOPLE
from fourfold.social.ties.documents import TIES
from tests.builders.media import picture
from tests.builders.pages import Served, page, site
from tests.builders.ties import FOLLOW_REQUESTS, a_picture, ask_friend, edit, follow
from tests.conftest import Caller, Tenant, documents_url

POSTS_HERE, COMMENTS_HERE = "/v1/social/posts", "/v1/social/comments"
MIRRORS = {"follow": "followed", "followed": "follow", "block": "blocked", "blocked": "block", "friend": "friend"}


def write(caller: Caller, text: str = "Hello", **rest: Any) -> dict[str, Any]:
    """A post of the caller's, as the answer shows it."""
    answer = caller.post(POSTS_HERE, json={"text": text, **rest})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def repost(caller: Caller, post: Mapping[str, Any], audience: str = "public") -> dict[str, Any]:
    """The caller's repost of a post."""
    answer = caller.put(f"{POSTS_HERE}/{post['id']}/repost", json={"audience": audience})
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def comment(
    caller: Caller, post: Mapping[str, Any], text: str = "Indeed", parent: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """The caller's comment below a post, perhaps in answer to another one, as the answer shows it."""
    body = {"text": text, "parent_id": parent["id"] if parent else None}
    answer = caller.post(f"{POSTS_HERE}/{post['id']}/comments", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def react(caller: Caller, target: Mapping[str, Any], kind: str = "like") -> None:
    """The caller's reaction to a post or a comment."""
    place = COMMENTS_HERE if "post_id" in target else POSTS_HERE
    answer = caller.put(f"{place}/{target['id']}/reaction", json={"kind": kind})
    assert answer.status_code == 200, answer.text


def sees(caller: Caller, post: Mapping[str, Any]) -> bool:
    """Whether somebody is shown a post; if not, it is as if there were none."""
    answer = caller.get(f"{POSTS_HERE}/{post['id']}")
    assert answer.status_code in {200, 404}, answer.text
    return answer.status_code == 200


def handle_of(caller: Caller) -> str:
    """The caller's handle; whoever has written something has one."""
    return str(write(caller, "Here I am", audience="me")["author"]["handle"])


def joined(tenant: Tenant, number: int) -> list[Caller]:
    """So many people who have taken part."""
    callers = [tenant.sign_up() for _ in range(number)]
    for each in callers:
        handle_of(each)
    return callers


def tie(tenant: Tenant, one: Caller, other: Caller, **facts: Any) -> None:
    """Ties two people as `facts` say (`follow="yes"`, `friend="friends"`, `block=True`), in both directions."""
    mirrored = {MIRRORS[name]: value for name, value in facts.items() if name in MIRRORS}
    cut = bool(facts.get("block") or facts.get("blocked"))
    for u, v, told in ((one, other, facts), (other, one, mirrored)):
        pair = {"u": UUID(u.account_id), "v": UUID(v.account_id)}
        put(tenant, TIES, pair, {**told, "cut": cut})


def set_person(tenant: Tenant, person: Caller, **facts: Any) -> None:
    """Sets fields of a person, such as `visibility="protected"`."""
    put(tenant, PEOPLE, {"_id": UUID(person.account_id)}, facts)


def put(tenant: Tenant, collection: Collection, key: dict[str, Any], fields: dict[str, Any]) -> None:
    """Sets fields of one document of a tenant, or adds it; whoever does so past the application drops kept pages."""
    url = documents_url(tenant.running.database)
    wanted = {"t": UUID(tenant.id), **key}
    fresh = {} if "_id" in key else {"$setOnInsert": {"_id": new_id()}}
    with MongoClient[dict[str, Any]](url, uuidRepresentation="standard") as client:
        client.get_default_database()[collection.name].update_one(wanted, {"$set": fields, **fresh}, upsert=True)
    with Redis.from_url(str(tenant.running.settings.valkey_url)) as valkey:
        for facts in valkey.scan_iter(f"t:{tenant.id}:tl:*:facts"):
            valkey.hdel(facts, "page")


def requests_to(tenant: Tenant) -> dict[str, str]:
    """Requests of somebody's to be the friend of the owner, who has pictures, and to follow them."""
    owner, asker = tenant.owner, tenant.sign_up()
    picture = a_picture(owner)
    edit(owner, visibility="protected", avatar_id=picture, cover_id=picture)
    follow(asker, owner)
    edit(owner, visibility="public")
    [waiting] = owner.get(FOLLOW_REQUESTS).json()["items"]
    return {"friend_request_id": ask_friend(asker, owner)["id"], "follow_request_id": waiting["id"]}


def community(tenant: Tenant) -> dict[str, str]:
    """A post of the owner's with poll, preview, former version and comment, and a collection of theirs with it in."""
    owner = tenant.owner
    post = write(owner, "Hello, everybody", poll={"choices": ["Tea", "Coffee"]})
    there = f"{POSTS_HERE}/{post['id']}"
    with site() as here:
        here.serve("/cat.png", Served(picture(), kind="image/png"))
        url = here.serve("/", page(more='<meta property="og:image" content="/cat.png">'))
        assert owner.patch(there, json={"text": f"Hello again, everybody: {url}"}).status_code == 200
        deadline = time.monotonic() + 60
        while owner.get(f"{there}/preview/picture").status_code != HTTPStatus.OK:
            assert time.monotonic() < deadline, "its page was not looked at in time"
            time.sleep(0.1)
    collection = owner.post("/v1/social/bookmark-collections", json={"name": "Kept", "shared": True}).json()["id"]
    assert owner.put(f"{there}/bookmark", json={"collection_id": collection}).status_code == 204
    said = comment(owner, post)
    comment(owner, post, parent=said)
    for each in (post, said):
        react(owner, each)
    return {
        **requests_to(tenant),
        "post_id": post["id"], "handle": post["author"]["id"], "version": "1", "collection_id": collection,
        "comment_id": said["id"],
    }  # fmt: skip
