"""What leaves of access: tokens and the public keys that verify them."""

from typing import Any

from pydantic import BaseModel, Field


class TokensShape(BaseModel):
    """A pair of tokens."""

    access_token: str = Field(examples=["eyJhbGciOiJFZERTQSIs..."])
    refresh_token: str = Field(examples=["ffr_0189..."])
    token_type: str = "Bearer"  # noqa: S105 - the name of a scheme
    expires_in: int = Field(description="Seconds that the access token is good for.", examples=[600])


class JwksShape(BaseModel):
    """The public keys of the access tokens."""

    keys: list[dict[str, Any]]
