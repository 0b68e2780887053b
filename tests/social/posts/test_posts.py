"""Posts: published once, told once, seen in their own tenant only."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from fourfold.social.posts.documents import POSTS
from tests.conftest import Tenant

Documents = Callable[..., list[dict[str, Any]]]
POSTS_HERE = "/v1/social/posts"


def publish(tenant: Tenant, text: str = "Hello") -> dict[str, Any]:
    answer = tenant.owner.post(POSTS_HERE, json={"text": text})
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


def test_a_post_is_published_and_shown(tenant: Tenant) -> None:
    """S-20: what was published can be read."""
    post = publish(tenant)
    shown = tenant.owner.get(f"{POSTS_HERE}/{post['id']}")
    assert shown.status_code == 200
    assert shown.json() == post
    assert post["author"]["id"] == tenant.owner.account_id


def test_a_post_is_told_once(
    tenant: Tenant, eventually: Callable[..., Any], admin_sql: Callable[..., list[dict[str, Any]]]
) -> None:
    """S-20: the event of a post arrives in the outbox of PostgreSQL, and its entry in the audit log."""
    post = publish(tenant)
    told = "SELECT type, actor FROM ground.event WHERE subject = $1 AND published_at IS NOT NULL"
    [event] = eventually(lambda: admin_sql(told, post["id"]))
    assert event == {"type": "social.post.published", "actor": f"account:{tenant.owner.account_id}"}
    [entry] = eventually(
        lambda: admin_sql("SELECT action FROM core.audit_entry WHERE target = $1", f"post:{post['id']}")
    )
    assert entry == {"action": "social.posts.write_post"}


def test_another_tenant_sees_nothing(tenant: Tenant, other_tenant: Tenant, documents_of: Documents) -> None:
    """P-10: a post of one tenant is not there for another one."""
    post = publish(tenant)
    assert other_tenant.owner.get(f"{POSTS_HERE}/{post['id']}").status_code == 404
    assert [str(each["_id"]) for each in documents_of(tenant, POSTS)] == [post["id"]]
    assert documents_of(other_tenant, POSTS) == []


@pytest.mark.parametrize("text", [{"$ne": None}, {"$where": "1"}, ["x"], 1, None, ""], ids=str)
def test_operators_are_no_texts(tenant: Tenant, text: object, documents_of: Documents) -> None:
    """T11: an operator in a body is refused before anything is asked of the database."""
    assert tenant.owner.post(POSTS_HERE, json={"text": text}).status_code == 422
    assert documents_of(tenant, POSTS) == []


def test_operators_are_no_ids(tenant: Tenant) -> None:
    """T11: an operator in a path is refused."""
    assert tenant.owner.get(f'{POSTS_HERE}/{{"$ne":null}}').status_code == 422


def test_visitors_may_not_publish(tenant: Tenant) -> None:
    """T02: the door is shut to visitors."""
    assert tenant.visitor.post(POSTS_HERE, json={"text": "Hello"}).status_code == 401


def test_the_same_key_is_one_post(tenant: Tenant, documents_of: Documents) -> None:
    """C-10: a request sent again gets the first answer; another body under its key is refused."""
    key = {"Idempotency-Key": "one"}
    first = tenant.owner.post(POSTS_HERE, json={"text": "Hello"}, headers=key)
    again = tenant.owner.post(POSTS_HERE, json={"text": "Hello"}, headers=key)
    other = tenant.owner.post(POSTS_HERE, json={"text": "Bye"}, headers=key)
    assert (first.status_code, again.status_code, other.status_code) == (201, 201, 422)
    assert again.content == first.content
    assert again.headers["Location"] == first.headers["Location"]
    assert again.headers["Idempotent-Replayed"] == "true"
    assert other.json()["code"] == "idempotency_key_reused"
    assert len(documents_of(tenant, POSTS)) == 1


def test_twenty_at_once_are_one_post(tenant: Tenant, documents_of: Documents) -> None:
    """C-10: twenty requests with one key at the same time have one effect, and all get its answer."""

    def send(_: int) -> tuple[int, bytes]:
        answer = tenant.owner.post(POSTS_HERE, json={"text": "Hello"}, headers={"Idempotency-Key": "race"})
        return answer.status_code, answer.content

    with ThreadPoolExecutor(20) as threads:
        answers = set(threads.map(send, range(20)))
    assert {status for status, _ in answers} == {201}
    assert len(answers) == 1
    assert len(documents_of(tenant, POSTS)) == 1
