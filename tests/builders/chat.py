"""People who talk to each other: conversations, messages, and what is heard of them."""

from typing import Any

from fourfold.ground.ids import new_id
from tests.builders.ties import people
from tests.conftest import Caller, Tenant

CONVERSATIONS_HERE, MESSAGES_HERE = "/v1/social/conversations", "/v1/social/messages"
Shown = dict[str, Any]


def talk(one: Caller, *others: Caller, name: str | None = None) -> Shown:
    """A conversation that one person begins with others: of two, unless it has a name."""
    body = {"people": [each.account_id for each in others], "name": name}
    answer = one.post(CONVERSATIONS_HERE, json=body)
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def at(what: Shown, *words: str) -> str:
    """The path of a conversation or a message, and what is below it."""
    place = MESSAGES_HERE if "conversation_id" in what else CONVERSATIONS_HERE
    return "/".join((place, what["id"], *words))


def say(caller: Caller, conversation: Shown, text: str = "Hello", **rest: Any) -> Shown:
    """A message of the caller's, as the answer shows it."""
    answer = caller.post(at(conversation, "messages"), json={"text": text, **rest})
    assert answer.status_code in {200, 201}, answer.text
    return dict(answer.json())


def heard(caller: Caller, conversation: Shown, **params: Any) -> list[Shown]:
    """What the caller reads in a conversation, the newest first."""
    answer = caller.get(at(conversation, "messages"), params=params)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def texts(messages: list[Shown]) -> list[str]:
    """What they say."""
    return [each["text"] for each in messages]


def seen(caller: Caller, conversation: Shown) -> Shown:
    """A conversation as the caller sees it."""
    answer = caller.get(at(conversation))
    assert answer.status_code == 200, answer.text
    return dict(answer.json())


def listed(caller: Caller) -> list[Shown]:
    """The caller's conversations."""
    answer = caller.get(CONVERSATIONS_HERE)
    assert answer.status_code == 200, answer.text
    return list(answer.json()["items"])


def members_of(conversation: Shown) -> dict[str, str]:
    """The roles of those who are shown, by their ids."""
    return {each["id"]: each["role"] for each in conversation["members"]}


def is_gone(caller: Caller, conversation: Shown) -> bool:
    """Whether a conversation answers word by word as one that never was, and is not listed."""
    answers = [caller.get(f"{CONVERSATIONS_HERE}/{each}") for each in (conversation["id"], new_id())]
    bodies = [{**each.json(), "request_id": ""} for each in answers]
    is_listed = conversation["id"] in {each["id"] for each in listed(caller)}
    return [each.status_code for each in answers] == [404, 404] and bodies[0] == bodies[1] and not is_listed


def told(rows: list[Shown], person: Caller, *kinds: str) -> list[Shown]:
    """What a person's own channel holds of these kinds, out of all rows of the log."""
    own = [row for row in rows if row["channel"] == f"user:{person.account_id}" and row["kind"] in kinds]
    return [row["data"] for row in sorted(own, key=lambda row: row["seq"])]


def a_file(caller: Caller, content: bytes = b"Bring the rope.") -> str:
    """A file of the caller's that is for nobody else."""
    answer = caller.post("/v1/core/files", files={"file": ("plan.txt", content, "text/plain")})
    assert answer.status_code == 201, answer.text
    return str(answer.json()["id"])


def conversation_things(tenant: Tenant) -> dict[str, str]:
    """A group of the owner's with a message in it that has a file."""
    owner, [other] = tenant.owner, people(tenant, 1)
    group = talk(owner, other, name="Climbers")
    file_id = a_file(owner)
    message = say(owner, group, "See you at *six*", file_ids=[file_id])
    return {"conversation_id": group["id"], "message_id": message["id"], "attachment_id": file_id}
