"""Who sent a request: from the access token, the API key, or, for visitors, the tenant that they name."""

import time
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from fastapi import Request

from fourfold.core.access.queries import account_subject, factors_subject, session_subject, tenant_subject
from fourfold.core.access.tokens import BadToken, Claims, TokenReader
from fourfold.core.keys.rules import KEY_PREFIX
from fourfold.core.keys.verdict import KeyVerdicts
from fourfold.core.roles.rights import Rights
from fourfold.core.settings.hosts import Hosts
from fourfold.core.settings.known import SECOND_FACTOR_ROLES
from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.door import WHO
from fourfold.ground.headers import first_headers
from fourfold.ground.house import House
from fourfold.ground.refusals import BadRequest, Forbidden, NotFound
from fourfold.ground.who import Who

# What is left to people whose roles need a second factor until they have one: to look after their own account.
ENROLLING = frozenset({"core:me:read", "core:me:write"})
# What is known of a tenant is read again after each change that is told, and after this time, in seconds.
TENANTS_KNOWN_FOR = 10.0
TENANTS_KNOWN = 5_000


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


class _Tenant(NamedTuple):
    id: UUID
    active: bool
    subject: str
    turn: int
    until: float


class Identify:
    """Answers who sent a request."""

    def __init__(self, house: House, reader: TokenReader, rights: Rights) -> None:
        self._house = house
        self._reader = reader
        self._rights = rights
        self._keys = KeyVerdicts(house)
        self._hosts = Hosts(house)
        self._tenants: dict[str, _Tenant] = {}

    async def __call__(self, request: Request) -> Who:
        """The caller; raises 401 for a bad credential, 400 or 404 when no tenant can be told."""
        scope = request.scope
        headers = first_headers(scope)
        named = await self._named(headers)
        scheme, _, credential = headers.get(b"authorization", b"").decode("latin-1").partition(" ")
        request_id = scope.get("request_id", "")
        address = scope["client"][0] if scope.get("client") else ""
        if not scheme:
            return await self._visitor(named, request_id, address)
        if scheme.lower() != "bearer" or not credential:
            raise BadToken("Send Authorization: Bearer, followed by an access token or an API key.")
        if credential.startswith(KEY_PREFIX):
            who = await self._by_key(credential, request_id, address)
        else:
            claims = await self._reader.claims_in(credential, self._house.clock.now())
            who = await self._by_claims(claims, request_id, address)
        if named is not None and named != who.tenant_slug:
            # Whose token it is, is known: it is told to their own tenant, and not to the one that was named.
            scope[WHO] = who
            raise WrongTenant
        return who

    async def visitor(self, request: Request) -> Who:
        """Nobody in the tenant that the request names, whatever credential it carries; raises 400 or 404."""
        scope = request.scope
        address = scope["client"][0] if scope.get("client") else ""
        return await self._visitor(await self._named(first_headers(scope)), scope.get("request_id", ""), address)

    async def _named(self, headers: Mapping[bytes, bytes]) -> str | None:
        slug = headers.get(b"x-tenant")
        if slug:
            return slug.decode("latin-1").strip().lower()
        host = headers.get(b"host", b"").decode("latin-1").partition(":")[0].lower()
        suffix = f".{self._house.settings.domain}"
        return host.removesuffix(suffix) if host.endswith(suffix) else await self._hosts.slug_of(host)

    async def _visitor(self, slug: str | None, request_id: str, address: str) -> Who:
        if slug is None:
            raise NoTenantNamed
        return Who(await self._tenant_id(slug), slug, request_id=request_id, address=address)

    async def _tenant_id(self, slug: str) -> UUID:
        known = self._tenants.get(slug)
        if known is None or known.until < time.monotonic() or known.turn != self._house.changes.turn(known.subject):
            known = await self._read_tenant(slug)
        if not known.active:
            raise TenantSuspended
        return known.id

    async def _read_tenant(self, slug: str) -> _Tenant:
        known = self._tenants.get(slug)
        subject = known.subject if known else ""
        if known is not None and known.turn == self._house.changes.turn(subject):
            # Only its time is over: while one request reads it again, the others go on with what is known.
            self._tenants[slug] = known._replace(until=time.monotonic() + 1)
        if not subject:
            # Only with its id can it be told which changes count; so at first it is read twice.
            row = await tenant_with_slug(self._house.pool, slug)
            if row is None:
                raise NoSuchTenant
            subject = tenant_subject(row["id"])
        turn = self._house.changes.turn(subject)
        row = await tenant_with_slug(self._house.pool, slug)
        self._tenants.pop(slug, None)
        if row is None:
            raise NoSuchTenant
        known = _Tenant(row["id"], row["status"] == "active", subject, turn, time.monotonic() + TENANTS_KNOWN_FOR)
        # Read last stands last: the first to go is the one that nobody has asked for longest.
        self._tenants[slug] = known
        if len(self._tenants) > TENANTS_KNOWN:
            del self._tenants[next(iter(self._tenants))]
        return known

    async def _by_claims(self, claims: Claims, request_id: str, address: str) -> Who:
        if await self._tenant_id(claims.tenant_slug) != claims.tenant_id:
            raise BadToken
        changes = self._house.changes
        # A session that has ended does not come back; an account that was changed is served with newer tokens.
        if changes.last(session_subject(claims.session_id)) or claims.issued_at < changes.last(
            account_subject(claims.account_id)
        ):
            raise BadToken("The session has ended; sign in again.")
        permissions = await self._rights.of(claims.tenant_id, claims.tenant_slug, claims.roles)
        must_enrol = await self._must_enrol(claims)
        return Who(
            claims.tenant_id,
            claims.tenant_slug,
            kind="account",
            account_id=claims.account_id,
            session_id=claims.session_id,
            roles=frozenset() if must_enrol else frozenset(claims.roles),
            permissions=permissions & ENROLLING if must_enrol else permissions,
            must_enrol=must_enrol,
            email=claims.email,
            request_id=request_id,
            authenticated_at=claims.authenticated_at,
            address=address,
        )

    async def _must_enrol(self, claims: Claims) -> bool:
        """Whether one of the roles needs a second factor, and there was none when the token was issued, or is none."""
        needing = await self._house.configuration.value(claims.tenant_id, SECOND_FACTOR_ROLES)
        if not needing or set(needing).isdisjoint(claims.roles):
            return False
        removed_at = self._house.changes.last(factors_subject(claims.account_id))
        return not claims.has_factor or claims.issued_at < removed_at

    async def _by_key(self, text: str, request_id: str, address: str) -> Who:
        key = await self._keys.judge(text, address)
        if await self._tenant_id(key.tenant_slug) != key.tenant_id:
            raise BadToken
        return Who(
            key.tenant_id,
            key.tenant_slug,
            kind="key",
            account_id=key.account_id,
            roles=frozenset(key.roles),
            permissions=await self._rights.of(key.tenant_id, key.tenant_slug, key.roles) & key.scopes,
            email=key.email,
            request_id=request_id,
            key_id=key.id,
            address=address,
        )
