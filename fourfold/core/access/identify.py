"""Who sent a request: from the access token, the API key, or, for visitors, the tenant that they name."""

import time
import zlib
from collections.abc import Mapping
from hashlib import sha256
from hmac import compare_digest
from uuid import UUID

from fastapi import Request

from fourfold.core.access import queries
from fourfold.core.access.revocations import Revocations
from fourfold.core.access.tables import touch_api_key
from fourfold.core.access.tokens import BadToken, Claims, TokenReader
from fourfold.core.tenants.queries import tenant_with_id, tenant_with_slug
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Forbidden, NotFound
from fourfold.ground.who import Who
from fourfold.ground.work import begin

KEY_PREFIX = "ffk_"
# A suspended tenant is refused within this time, in seconds.
TENANTS_KNOWN_FOR = 0.5


class NoTenantNamed(BadRequest):
    """400: a visitor must say which tenant is meant."""

    code = "tenant_required"
    title = "Say which tenant you mean, by the X-Tenant header or the host"


class NoSuchTenant(NotFound):
    """404: no tenant has this slug."""

    code = "no_such_tenant"
    title = "There is no such tenant"


class TenantSuspended(Forbidden):
    """403: the tenant is not served at present."""

    code = "tenant_suspended"
    title = "This tenant is suspended"


class WrongTenant(Forbidden):
    """403: the token belongs to another tenant than the host or header names."""

    code = "wrong_tenant"
    title = "The token belongs to another tenant"


class BadKey(BadToken):
    """401: the API key is not valid (any more)."""

    code = "invalid_api_key"
    title = "The API key is not valid"


class Identify:
    """Answers who sent a request. `roles` maps each built-in role to its permissions."""

    def __init__(
        self, house: House, reader: TokenReader, revocations: Revocations, roles: Mapping[str, frozenset[str]]
    ) -> None:
        self._house = house
        self._reader = reader
        self._revocations = revocations
        self._roles = roles
        self._tenants: dict[str, tuple[float, UUID, str]] = {}

    async def __call__(self, request: Request) -> Who:
        """The caller; raises 401 for a bad credential, 400 or 404 when no tenant can be told."""
        headers = first_headers(request.scope)
        named = self._named(headers)
        scheme, _, credential = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        request_id = request.scope.get("request_id", "")
        if not scheme:
            return await self._visitor(named, request_id)
        if scheme.lower() != "bearer" or not credential:
            raise BadToken("Send Authorization: Bearer, followed by an access token or an API key.")
        if credential.startswith(KEY_PREFIX):
            who = await self._by_key(credential, request_id)
        else:
            who = self._by_claims(await self._reader.claims_in(credential, self._house.clock.now()), request_id)
        if named is not None and named != who.tenant_slug:
            raise WrongTenant
        if await self._tenant_id(who.tenant_slug) != who.tenant_id:
            raise BadToken
        return who

    def permissions_of(self, roles: tuple[str, ...] | list[str]) -> frozenset[str]:
        """All that the roles may do together."""
        return frozenset().union(*(self._roles.get(role, frozenset()) for role in roles))

    def _named(self, headers: Mapping[bytes, bytes]) -> str | None:
        slug = headers.get(b"x-tenant")
        if slug:
            return slug.decode("latin-1").strip().lower()
        host = headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower()
        suffix = f".{self._house.settings.domain}"
        return host.removesuffix(suffix) if host.endswith(suffix) else None

    async def _visitor(self, slug: str | None, request_id: str) -> Who:
        if slug is None:
            raise NoTenantNamed
        return Who(await self._tenant_id(slug), slug, request_id=request_id)

    async def _tenant_id(self, slug: str) -> UUID:
        known = self._tenants.get(slug)
        if known is None or known[0] < time.monotonic():
            row = await tenant_with_slug(self._house.pool, slug)
            if row is None:
                raise NoSuchTenant
            known = (time.monotonic() + TENANTS_KNOWN_FOR, row["id"], row["status"])
            self._tenants[slug] = known
        if known[2] != "active":
            raise TenantSuspended
        return known[1]

    def _by_claims(self, claims: Claims, request_id: str) -> Who:
        for subject in (f"session:{claims.session_id}", f"account:{claims.account_id}", f"tenant:{claims.tenant_id}"):
            if self._revocations.refuses(subject, claims.issued_at):
                raise BadToken("The session has ended; sign in again.")
        return Who(
            claims.tenant_id,
            claims.tenant_slug,
            kind="account",
            account_id=claims.account_id,
            session_id=claims.session_id,
            roles=frozenset(claims.roles),
            permissions=self.permissions_of(claims.roles),
            email=claims.email,
            request_id=request_id,
        )

    async def _by_key(self, key: str, request_id: str) -> Who:
        tenant_id, key_id = _ids_in(key)
        tenant = await tenant_with_id(self._house.pool, tenant_id)
        if tenant is None:
            raise BadKey
        async with begin(self._house, Who.system(tenant_id)) as work:
            row = await queries.api_key_with_id(work.db, key_id)
            if row is None or not compare_digest(bytes(row["key_hash"]), sha256(key.encode()).digest()):
                raise BadKey
            if row["revoked_at"] is not None or row["status"] != "active":
                raise BadKey("The API key has been revoked.")
            if row["expires_at"] is not None and row["expires_at"] <= work.now:
                raise BadKey("The API key has expired.")
            await touch_api_key(work.db, key_id, work.now)
        return Who(
            tenant_id,
            tenant["slug"],
            kind="account",
            account_id=row["account_id"],
            roles=frozenset(row["roles"]),
            permissions=self.permissions_of(row["roles"]) & frozenset(row["scopes"]),
            email=row["email"],
            request_id=request_id,
        )


def checksum(text: str) -> str:
    """Eight hex digits that tell a mistyped key without asking the database."""
    return f"{zlib.crc32(text.encode()):08x}"


def _ids_in(key: str) -> tuple[UUID, UUID]:
    body, _, check = key.rpartition("_")
    ids = body.removeprefix(KEY_PREFIX).partition("_")[0]
    try:
        if checksum(body) != check:
            raise BadKey("The API key is mistyped.")
        return UUID(ids[:32]), UUID(ids[32:])
    except ValueError as problem:
        raise BadKey from problem
