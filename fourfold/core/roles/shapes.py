"""What leaves of roles and permissions."""

from collections.abc import Iterable
from datetime import datetime

import asyncpg
from pydantic import BaseModel, Field

from fourfold.core.roles.rules import title_of
from fourfold.ground.answers import tag_of


class RoleShape(BaseModel):
    """A role and what it may do; built-in ones are the same in every tenant."""

    name: str = Field(examples=["stock_keeper"])
    title: str = Field(examples=["Keeps the stock"])
    permissions: list[str] = Field(examples=[["commerce:stock:write"]])
    built_in: bool = False
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @classmethod
    def of(cls, row: asyncpg.Record) -> "RoleShape":
        """From a row of `queries`."""
        return cls(**{name: row[name] for name in ("name", "title", "permissions", "created_at", "updated_at")})

    @classmethod
    def of_built_in(cls, name: str, permissions: Iterable[str]) -> "RoleShape":
        """A role that comes with Fourfold."""
        return cls(name=name, title=name.title(), permissions=sorted(permissions), built_in=True)


def tag_of_role(row: asyncpg.Record) -> str:
    """The entity tag of a role, another one after each edit."""
    return tag_of("role", row["name"], row["version"], row["created_at"])


class PermissionShape(BaseModel):
    """A permission in words, and the built-in roles that have it."""

    name: str = Field(examples=["commerce:products:write"])
    title: str = Field(examples=["Change products (commerce)"])
    roles: list[str] = Field(examples=[["admin", "owner", "vendor"]])

    @classmethod
    def of(cls, name: str, roles: Iterable[str]) -> "PermissionShape":
        """A permission of the catalogue."""
        return cls(name=name, title=title_of(name), roles=sorted(roles))


class PermissionsShape(BaseModel):
    """What the caller may do; with `all=true` also everything that a role can be given."""

    roles: list[str] = Field(examples=[["customer"]])
    permissions: list[str] = Field(examples=[["commerce:orders:place"]])
    catalogue: list[PermissionShape] | None = None
