"""Access tokens: short-lived JWTs, signed with EdDSA, and the claims that they carry."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import jwt

from fourfold.core.signing.ring import KeyRing, SigningKey
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Unauthenticated

ISSUER = "fourfold"
AUDIENCE = "fourfold:api"
KIND = "at+jwt"
REMEMBERED = 20_000
REQUIRED = ["iss", "aud", "sub", "tid", "sid", "iat", "nbf", "exp", "jti"]


class BadToken(Unauthenticated):
    """401: the token is not one of ours, or no longer good."""

    code = "invalid_token"
    title = "The token is not valid"

    def __init__(self, detail: str = "", **rest: Any) -> None:
        super().__init__(detail, **{"headers": {"WWW-Authenticate": 'Bearer error="invalid_token"'}, **rest})


@dataclass(frozen=True, slots=True)
class Claims:
    """What an access token says."""

    account_id: UUID
    tenant_id: UUID
    tenant_slug: str
    session_id: UUID
    email: str
    roles: tuple[str, ...]
    issued_at: float
    expires_at: float
    authenticated_at: float = 0.0
    has_factor: bool = False


def issue_token(key: SigningKey, claims: Claims) -> str:
    """Signs the claims."""
    body = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": str(claims.account_id),
        "tid": str(claims.tenant_id),
        "slug": claims.tenant_slug,
        "sid": str(claims.session_id),
        "email": claims.email,
        "roles": list(claims.roles),
        "auth_time": claims.authenticated_at,
        "factor": claims.has_factor,
        "iat": claims.issued_at,
        "nbf": int(claims.issued_at),
        "exp": int(claims.expires_at),
        "jti": new_id().hex,
    }
    return jwt.encode(body, key.private, algorithm="EdDSA", headers={"kid": key.id, "typ": KIND})


class TokenReader:
    """Verifies access tokens; remembers those it has verified, since a signature costs more than a look-up."""

    def __init__(self, ring: KeyRing) -> None:
        self._ring = ring
        self._known: dict[str, tuple[str, Claims]] = {}

    async def claims_in(self, token: str, now: datetime) -> Claims:
        """The claims of a token that we signed and that is good at `now`; raises `BadToken`."""
        await self._ring.follow()
        key_id, claims = self._known.get(token, ("", None))
        if claims is None or not self._ring.verifies(key_id):
            key_id, claims = await self._verify(token)
            if len(self._known) >= REMEMBERED:
                self._known.clear()
            self._known[token] = key_id, claims
        if not claims.issued_at - 5 <= now.timestamp() < claims.expires_at:
            raise BadToken("The token has expired; refresh it.")
        return claims

    async def _verify(self, token: str) -> tuple[str, Claims]:
        try:
            header = jwt.get_unverified_header(token)
            # Only our own key ring is asked: a key or an address of one inside the token is an attack.
            if header.get("alg") != "EdDSA" or header.get("typ") != KIND or {"jku", "jwk", "x5u", "crit"} & set(header):
                raise BadToken
            key = await self._ring.with_id(str(header.get("kid", "")))
            if key is None:
                raise BadToken
            body = jwt.decode(
                token,
                key.public,
                algorithms=["EdDSA"],
                audience=AUDIENCE,
                issuer=ISSUER,
                # Times are judged by our clock, which tests may set.
                options={"require": REQUIRED, "verify_exp": False, "verify_nbf": False, "verify_iat": False},
            )
            return key.id, _claims_of(body)
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as problem:
            raise BadToken from problem


def _claims_of(body: Mapping[str, Any]) -> Claims:
    return Claims(
        account_id=UUID(body["sub"]),
        tenant_id=UUID(body["tid"]),
        tenant_slug=str(body["slug"]),
        session_id=UUID(body["sid"]),
        email=str(body["email"]),
        roles=tuple(body["roles"]),
        issued_at=max(float(body["iat"]), float(body["nbf"])),
        expires_at=float(body["exp"]),
        authenticated_at=float(body.get("auth_time", 0)),
        has_factor=body.get("factor") is True,
    )
