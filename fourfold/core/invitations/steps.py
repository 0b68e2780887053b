"""What a new tenant does first in the core."""

from typing import Any

from fourfold.core.accounts.queries import account_with_id
from fourfold.core.invitations.queries import has_invited
from fourfold.core.settings.known import BRANDING, CURRENCY, DISPLAY_NAME, LOCALE, TIME_ZONE
from fourfold.ground.configuration import Setting
from fourfold.ground.onboarding import Step
from fourfold.ground.work import View


async def _is_set(view: View, *settings: Setting[Any]) -> bool:
    sources = [await view.house.configuration.source(view.who.tenant_id, setting, view.db) for setting in settings]
    return "tenant" in sources


async def _has_proven_address(view: View) -> bool:
    row = await account_with_id(view.db, view.who.account)
    return row is not None and row["email_verified_at"] is not None


async def _knows_its_place(view: View) -> bool:
    return await _is_set(view, LOCALE, CURRENCY, TIME_ZONE)


async def _has_a_look(view: View) -> bool:
    return await _is_set(view, DISPLAY_NAME, BRANDING)


async def _has_company(view: View) -> bool:
    return await has_invited(view.db)


STEPS = (
    Step("core.prove_address", "Prove your address", "POST /v1/core/accounts/verify-email", _has_proven_address),
    Step(
        "core.say_where", "Say where you are", "PATCH /v1/core/settings (core.locale, core.currency)", _knows_its_place
    ),
    Step("core.show_yourself", "Give it a name and a look", "PATCH /v1/core/settings (core.branding)", _has_a_look),
    Step("core.invite_people", "Invite the people you work with", "POST /v1/core/invitations", _has_company),
)
