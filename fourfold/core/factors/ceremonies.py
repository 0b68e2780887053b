"""Ceremonies of passkeys: options that are good for five minutes and for one use, bound to a tenant and a page."""

import base64
import hashlib
import hmac
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any, Literal
from uuid import UUID

import orjson
from fastapi import Request
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import options_to_json_dict
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    AuthenticatorTransport,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fourfold.core.accounts.queries import hold_account
from fourfold.core.factors import queries, tables
from fourfold.core.factors.rules import Credential, Party, party_of
from fourfold.core.factors.shapes import GivenCredential, NewCredential, OptionsShape
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Forbidden, Unauthenticated
from fourfold.ground.work import Desk, View, Work

PREFIX = "ffw_"
GOOD_FOR = timedelta(minutes=5)
MAC = 32
Kind = Literal["register", "sign_in", "second_factor"]
TRANSPORTS = {each.value: each for each in AuthenticatorTransport}


class StrangePage(Forbidden):
    """403: the page is neither the deployment's nor the tenant's."""

    code = "core.strange_page"
    title = "Passkeys cannot be used from this page"


class WrongPasskey(Unauthenticated):
    """401: the passkey does not prove what was asked: another page, another challenge, another key, or a copy."""

    code = "core.wrong_passkey"
    title = "The passkey was not accepted"


@dataclass(frozen=True, slots=True)
class Ceremony:
    """What was asked of an authenticator. It travels signed, so that strangers' questions fill no table."""

    id: UUID
    kind: Kind
    account_id: UUID | None
    party_id: str
    origin: str
    expires_at: int


def party_asking(request: Request, work: View | Desk) -> Party:
    """The relying party of the request's page; raises `StrangePage`."""
    settings = work.house.settings
    party = party_of(
        settings.base_url,
        settings.domain,
        work.who.tenant_slug,
        origin=request.headers.get("origin", ""),
        host=request.headers.get("host", ""),
        any_port=settings.development,
    )
    if party is None:
        raise StrangePage
    return party


def begin(work: View | Desk, kind: Kind, account_id: UUID | None, party: Party) -> tuple[str, bytes]:
    """A ceremony's token, and the challenge for the authenticator."""
    expires = int((work.now + GOOD_FOR).timestamp())
    # The database's ids are of another type than the serializer knows.
    owner = UUID(bytes=account_id.bytes) if account_id else None
    body = orjson.dumps(asdict(Ceremony(new_id(), kind, owner, party.id, party.origin, expires)))
    token = PREFIX + base64.urlsafe_b64encode(_mac(work, b"token", body) + body).decode().rstrip("=")
    return token, _mac(work, b"challenge", body)


def registration_options(
    work: View, account_id: UUID, party: Party, names: tuple[str, str], known: list[bytes]
) -> OptionsShape:
    """Options for a new passkey of an account; `names` are its address and what its person is called."""
    token, challenge = begin(work, "register", account_id, party)
    options = generate_registration_options(
        rp_id=party.id,
        rp_name=work.who.tenant_slug,
        user_id=account_id.bytes,
        user_name=names[0],
        user_display_name=names[1],
        challenge=challenge,
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED, user_verification=UserVerificationRequirement.PREFERRED
        ),
        exclude_credentials=[PublicKeyCredentialDescriptor(id=each) for each in known],
    )
    return OptionsShape(ceremony=token, options=options_to_json_dict(options))


def sign_in_options(work: View | Desk, party: Party) -> OptionsShape:
    """Options for a sign-in by a passkey alone, which then has to know its person."""
    token, challenge = begin(work, "sign_in", None, party)
    options = generate_authentication_options(
        rp_id=party.id, challenge=challenge, user_verification=UserVerificationRequirement.REQUIRED
    )
    return OptionsShape(ceremony=token, options=options_to_json_dict(options))


async def second_factor_options(work: View, account_id: UUID, party: Party) -> OptionsShape:
    """Options for one of the account's passkeys, after its password."""
    token, challenge = begin(work, "second_factor", account_id, party)
    known = await queries.passkeys_of(work.db, account_id, party.id)
    options = generate_authentication_options(
        rp_id=party.id,
        challenge=challenge,
        allow_credentials=[
            PublicKeyCredentialDescriptor(
                id=bytes(row["credential_id"]),
                transports=[TRANSPORTS[each] for each in row["transports"] if each in TRANSPORTS],
            )
            for row in known
        ],
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return OptionsShape(ceremony=token, options=options_to_json_dict(options))


async def registered(work: Work, token: str, given: NewCredential) -> Credential:
    """What is to be kept of the caller's new passkey; raises `WrongPasskey`."""
    ceremony, challenge = await _finish(work, token, "register", work.who.account)
    try:
        found = verify_registration_response(
            credential=given.model_dump(exclude_none=True),
            expected_challenge=challenge,
            expected_rp_id=ceremony.party_id,
            expected_origin=ceremony.origin,
        )
    except Exception as problem:
        # The library reads what strangers send, and raises whatever its parsers raise.
        raise WrongPasskey from problem
    transports = [each for each in given.response.transports or [] if each in TRANSPORTS]
    return Credential(
        found.credential_id,
        found.credential_public_key,
        found.sign_count,
        ceremony.party_id,
        transports,
        found.credential_backed_up,
    )


async def proven_account(
    work: Work, token: str, given: GivenCredential, kind: Kind, account_id: UUID | None = None
) -> UUID:
    """The account that a passkey stands for, which must be `account_id` if one is given; raises `WrongPasskey`.

    Alone, a passkey must have checked its person, by a finger or a PIN.
    """
    ceremony, challenge = await _finish(work, token, kind, account_id)
    credential_id = _bytes_of(given.rawId)
    # First the account and then what it has: whoever removes a factor locks in this order too.
    owner = await queries.owner_of_credential(work.db, credential_id)
    if owner is not None:
        await hold_account(work.db, owner)
    row = await queries.passkey_with_credential(work.db, credential_id)
    if row is None or row["relying_party"] != ceremony.party_id or account_id not in {None, row["account_id"]}:
        raise WrongPasskey
    # Somebody else's passkey must not be shown as one's own, nor the other way round.
    handle = given.response.userHandle
    if (handle or kind == "sign_in") and _bytes_of(handle or "") != row["account_id"].bytes:
        raise WrongPasskey
    try:
        proof = verify_authentication_response(
            credential=given.model_dump(exclude_none=True),
            expected_challenge=challenge,
            expected_rp_id=ceremony.party_id,
            expected_origin=ceremony.origin,
            credential_public_key=bytes(row["public_key"]),
            credential_current_sign_count=row["sign_count"],
            require_user_verification=kind == "sign_in",
        )
    except Exception as problem:
        # The library reads what strangers send, and raises whatever its parsers raise.
        raise WrongPasskey from problem
    await tables.move_counter(work.db, row["id"], proof.new_sign_count, work.now)
    proven: UUID = row["account_id"]
    return proven


async def _finish(work: Work, token: str, kind: Kind, account_id: UUID | None) -> tuple[Ceremony, bytes]:
    raw = _bytes_of(token.removeprefix(PREFIX))
    mac, body = raw[:MAC], raw[MAC:]
    if not hmac.compare_digest(mac, _mac(work, b"token", body)):
        raise WrongPasskey
    found: dict[str, Any] = orjson.loads(body)
    owner = found["account_id"] and UUID(found["account_id"])
    ceremony = Ceremony(**{**found, "id": UUID(found["id"]), "account_id": owner})
    if (ceremony.kind, ceremony.account_id) != (kind, account_id) or ceremony.expires_at <= work.now.timestamp():
        raise WrongPasskey
    if not await tables.use_ceremony(work.db, work.who.tenant_id, ceremony.id, work.now + GOOD_FOR):
        raise WrongPasskey
    return ceremony, _mac(work, b"challenge", body)


def _mac(work: View | Desk, purpose: bytes, body: bytes) -> bytes:
    key = work.house.settings.secret.get_secret_value().encode()
    return hmac.digest(key, b"\x00".join((b"passkey", purpose, work.who.tenant_id.bytes, body)), hashlib.sha256)


def _bytes_of(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4))
    except ValueError as problem:
        raise WrongPasskey from problem
