"""What comes in and leaves of second factors."""

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

import asyncpg
from pydantic import BaseModel, ConfigDict, Field

Name = Annotated[str, Field(min_length=1, max_length=100, examples=["my phone"])]
Code = Annotated[str, Field(pattern=r"^[0-9]{6}$", examples=["492039"])]
RecoveryCode = Annotated[str, Field(min_length=16, max_length=40, examples=["7HQ2-9KXD-M4TB-W8PA"])]
Bytes = Annotated[str, Field(max_length=20_000, pattern=r"^[A-Za-z0-9_=-]*$", description="base64url.")]
CredentialId = Annotated[str, Field(min_length=1, max_length=1400, pattern=r"^[A-Za-z0-9_=-]+$")]
CeremonyToken = Annotated[str, Field(max_length=1000, examples=["ffw_kJ1..."], description="From the options.")]
Challenge = Annotated[str, Field(max_length=200, examples=["ffc_0189..."], description="From the sign-in's answer.")]


class Attestation(BaseModel):
    """The response of a new credential."""

    model_config = ConfigDict(extra="forbid")
    clientDataJSON: Bytes  # noqa: N815 - the browser's name
    attestationObject: Bytes  # noqa: N815 - the browser's name
    authenticatorData: Bytes | None = None  # noqa: N815 - the browser's name
    publicKey: Bytes | None = None  # noqa: N815 - the browser's name
    publicKeyAlgorithm: int | None = Field(None, ge=-(2**31), lt=2**31, strict=True)  # noqa: N815 - the browser's name
    transports: list[Annotated[str, Field(max_length=40)]] | None = Field(None, max_length=10)


class NewCredential(BaseModel):
    """What `navigator.credentials.create()` gave, as its `toJSON()` writes it."""

    model_config = ConfigDict(extra="forbid")
    id: CredentialId
    rawId: CredentialId  # noqa: N815 - the browser's name
    type: Literal["public-key"]
    response: Attestation
    authenticatorAttachment: Annotated[str, Field(max_length=40)] | None = None  # noqa: N815 - the browser's name
    clientExtensionResults: dict[str, Any] | None = Field(None, max_length=20)  # noqa: N815 - the browser's name


class Assertion(BaseModel):
    """The response of a known credential."""

    model_config = ConfigDict(extra="forbid")
    clientDataJSON: Bytes  # noqa: N815 - the browser's name
    authenticatorData: Bytes  # noqa: N815 - the browser's name
    signature: Bytes
    userHandle: Bytes | None = None  # noqa: N815 - the browser's name


class GivenCredential(BaseModel):
    """What `navigator.credentials.get()` gave, as its `toJSON()` writes it."""

    model_config = ConfigDict(extra="forbid")
    id: CredentialId
    rawId: CredentialId  # noqa: N815 - the browser's name
    type: Literal["public-key"]
    response: Assertion
    authenticatorAttachment: Annotated[str, Field(max_length=40)] | None = None  # noqa: N815 - the browser's name
    clientExtensionResults: dict[str, Any] | None = Field(None, max_length=20)  # noqa: N815 - the browser's name


class PasskeyProof(BaseModel):
    """A ceremony that was begun by its options, and what the authenticator said to it."""

    model_config = ConfigDict(extra="forbid")
    ceremony: CeremonyToken
    credential: GivenCredential


class OptionsShape(BaseModel):
    """The begin of a ceremony: `options` go to the browser's `parse…OptionsFromJSON()`, `ceremony` comes back."""

    ceremony: str = Field(examples=["ffw_kJ1..."])
    options: dict[str, Any] = Field(examples=[{"challenge": "Vd3...", "rpId": "shop.example"}])


class FactorShape(BaseModel):
    """A factor of the caller."""

    id: UUID
    kind: Literal["totp", "passkey"]
    name: str = Field(examples=["my phone"])
    relying_party: str | None = Field(None, description="The host that a passkey is bound to.")
    created_at: datetime
    last_used_at: datetime | None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "FactorShape":
        """From a row of `queries`."""
        return cls(**dict(row))


class FactorsShape(BaseModel):
    """All factors of the caller."""

    items: list[FactorShape]
    recovery_codes_left: int = Field(examples=[10])


class EnrolmentShape(BaseModel):
    """A secret for an app; it is shown here and never again, and of no use before its first code."""

    id: UUID
    secret: str = Field(examples=["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"])
    uri: str = Field(examples=["otpauth://totp/demo:ada%40demo.test?secret=JBSW...&issuer=demo"])


class AddedShape(BaseModel):
    """A factor that is in force; with the first one come recovery codes, which are never shown again."""

    factor: FactorShape
    recovery_codes: list[str] = Field(examples=[["7HQ2-9KXD-M4TB-W8PA"]])


class RecoveryCodesShape(BaseModel):
    """New recovery codes; they are shown here and never again, and the old ones have ended."""

    recovery_codes: list[str] = Field(examples=[["7HQ2-9KXD-M4TB-W8PA"]])
