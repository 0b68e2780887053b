"""Codes: told apart by what they are for, kept only as hashes, and forgotten when they have long ended."""

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from fourfold.core.accounts.jobs import Nothing, forget_what_has_ended
from fourfold.core.codes.rules import PREFIX, hash_of_code, parts_of, token_of
from fourfold.ground.ids import new_id
from fourfold.ground.who import Who
from fourfold.ground.work import begin
from fourfold.serve.wiring import open_house
from fourfold.services import ALL
from tests.builders.people import mail_to, settled_mails, token_in
from tests.conftest import Tenant


@given(st.uuids(), st.text("0123456789abcdef", min_size=64, max_size=64))
def test_a_token_tells_its_parts(code_id: UUID, secret: str) -> None:
    """P-12: what was put together comes apart again."""
    assert parts_of(token_of(code_id, secret)) == (code_id, secret)


@given(st.text() | st.text("0123456789abcdefABCDEF", max_size=100).map(lambda text: PREFIX + text))
def test_any_text_is_a_token_or_none(text: str) -> None:
    """T24: whatever is sent is taken apart or refused, and nothing else is taken for a token."""
    parts = parts_of(text)
    assert parts is None or token_of(*parts) == text


def test_a_hash_is_for_one_thing() -> None:
    """T24: another key, tenant, code, purpose or secret has another hash."""
    tenant, code = new_id(), new_id()
    hashes = {
        hash_of_code(b"key", tenant, code, "verify_phone", "012345"),
        hash_of_code(b"other", tenant, code, "verify_phone", "012345"),
        hash_of_code(b"key", new_id(), code, "verify_phone", "012345"),
        hash_of_code(b"key", tenant, new_id(), "verify_phone", "012345"),
        hash_of_code(b"key", tenant, code, "reset_password", "012345"),
        hash_of_code(b"key", tenant, code, "verify_phone", "012346"),
    }
    assert len(hashes) == 6


def test_only_hashes_are_kept(tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]]) -> None:
    """T24: the database knows a code that it could not make a link of."""
    member = tenant.sign_up()
    token = token_in(mail_to(tenant, member.email, "confirm your e-mail"))
    settled_mails(tenant, tenant.owner)
    rows = admin_sql("SELECT to_jsonb(c)::text AS row FROM core.one_time_code c WHERE tenant_id = $1", tenant.id)
    assert len(rows) == 2
    assert not [row for row in rows if token[-64:] in row["row"] or member.email in row["row"]]


async def test_what_has_ended_is_forgotten(tenant: Tenant, admin_sql: Callable[..., list[dict[str, Any]]]) -> None:
    """P-12: codes a month after they expired, strangers' failures after days, devices after half a year."""
    member = tenant.sign_up()
    # The owner's code is made in the background too.
    await asyncio.to_thread(settled_mails, tenant, tenant.owner)
    house = await open_house(tenant.running.settings, ALL)
    now = house.clock.now()
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        for name, device, age in (("old", b"", 3), ("new", b"", 1), ("old", b"x", 181), ("new", b"x", 179)):
            await work.db.execute(
                "INSERT INTO core.sign_in_trial (tenant_id, address_key, device, seen_at) VALUES ($1, $2, $3, $4)",
                work.who.tenant_id, name.encode(), device, now - timedelta(days=age),
            )  # fmt: skip
        await work.db.execute("UPDATE core.one_time_code SET expires_at = $1", now - timedelta(days=31))
        await work.db.execute(
            "INSERT INTO core.one_time_code (tenant_id, id, account_id, purpose, code_hash, created_at, expires_at)"
            " VALUES ($1, $2, $3, 'verify_email', 'x', $4, $4)",
            work.who.tenant_id, new_id(), UUID(member.account_id), now - timedelta(days=29),
        )  # fmt: skip
    async with begin(house, Who.system(UUID(tenant.id))) as work:
        await forget_what_has_ended.act(work, Nothing())
    await house.close()
    found = "SELECT count(*) AS n FROM core.one_time_code WHERE tenant_id = $1"
    assert [row["n"] for row in await _asked(admin_sql, found, tenant.id)] == [1]
    found = "SELECT address_key FROM core.sign_in_trial WHERE tenant_id = $1 AND length(address_key) = 3"
    assert {bytes(row["address_key"]) for row in await _asked(admin_sql, found, tenant.id)} == {b"new"}


async def _asked(ask: Callable[..., list[dict[str, Any]]], *words: str) -> list[dict[str, Any]]:
    return await asyncio.to_thread(ask, *words)
