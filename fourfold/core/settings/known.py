"""The core's own settings."""

import re
from typing import Annotated, Any
from uuid import UUID
from zoneinfo import available_timezones

from babel import Locale, UnknownLocaleError
from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fourfold.ground.configuration import Setting
from fourfold.ground.money import CurrencyCode
from fourfold.ground.rates import RATE_SETTINGS

_ORIGIN = re.compile(r"https?://[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:[0-9]{1,5})?")
_COLOUR = r"^#[0-9a-fA-F]{6}$"


def _known_locale(tag: str) -> str:
    try:
        return str(Locale.parse(tag, sep="-" if "-" in tag else "_")).replace("_", "-")
    except (UnknownLocaleError, ValueError) as problem:
        reason = f"{tag} is not a locale such as en, de or pt-BR"
        raise ValueError(reason) from problem


def _known_zone(name: str) -> str:
    if name not in available_timezones():
        reason = f"{name} is not a time zone such as Europe/Paris"
        raise ValueError(reason)
    return name


def _origin(text: str) -> str:
    if not _ORIGIN.fullmatch(text):
        reason = f"{text} is not an origin such as https://shop.example.com"
        raise ValueError(reason)
    return text


class Branding(BaseModel):
    """How a tenant looks: a stored picture and colours as #rrggbb."""

    model_config = ConfigDict(extra="forbid")
    logo_file_id: UUID | None = None
    primary_color: str | None = Field(None, pattern=_COLOUR)
    accent_color: str | None = Field(None, pattern=_COLOUR)


Text = Annotated[str, Field(max_length=200)]
RoleName = Annotated[str, Field(min_length=1, max_length=100)]
FlagName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_.-]{0,63}$")]

DISPLAY_NAME = Setting("core.display_name", Text, "", "The name that visitors see; none: the tenant's own")
LOCALE = Setting("core.locale", Annotated[str, Field(max_length=20), AfterValidator(_known_locale)], "en", "Language")
CURRENCY = Setting("core.currency", CurrencyCode, "EUR", "Currency where nothing else names one")
TIME_ZONE = Setting(
    "core.time_zone", Annotated[str, Field(max_length=64), AfterValidator(_known_zone)], "UTC", "Time zone"
)
BRANDING = Setting("core.branding", Branding, Branding(), "Logo and colours")
CORS_ORIGINS: Setting[list[str]] = Setting(
    "core.cors_origins",
    Annotated[list[Annotated[str, Field(max_length=253), AfterValidator(_origin)]], Field(max_length=50)],
    [],
    "Origins of web pages that may call the API from a browser",
)
FEATURE_FLAGS: Setting[dict[str, bool]] = Setting(
    "core.feature_flags", Annotated[dict[FlagName, bool], Field(max_length=200)], {}, "Features that are on or off"
)
REQUIRE_VERIFIED_EMAIL = Setting(
    "core.require_verified_email",
    bool,
    default=False,
    title="Whether only verified addresses may sign in",
)
SECOND_FACTOR_ROLES: Setting[list[str]] = Setting(
    "core.second_factor_roles",
    Annotated[list[RoleName], Field(max_length=50)],
    [],
    "Roles that are held only with a second factor; without one their people can sign in to add it",
)
DELETION_GRACE_DAYS = Setting(
    "core.deletion_grace_days",
    Annotated[int, Field(ge=0, le=365)],
    14,
    "Days in which the deletion of a tenant can be cancelled",
    frozenset({"platform", "plan"}),
)
ENDED_SESSION_DAYS = Setting(
    "core.ended_session_days",
    Annotated[int, Field(ge=1, le=3650)],
    30,
    "Days for which sessions that have ended are kept",
    frozenset({"platform", "plan"}),
)
INVITATION_DAYS = Setting(
    "core.invitation_days", Annotated[int, Field(ge=1, le=90)], 7, "Days in which an invitation can be accepted"
)

SETTINGS: tuple[Setting[Any], ...] = (
    DISPLAY_NAME, LOCALE, CURRENCY, TIME_ZONE, BRANDING, CORS_ORIGINS, FEATURE_FLAGS, REQUIRE_VERIFIED_EMAIL,
    SECOND_FACTOR_ROLES, DELETION_GRACE_DAYS, ENDED_SESSION_DAYS, INVITATION_DAYS, *RATE_SETTINGS.values(),
)  # fmt: skip
