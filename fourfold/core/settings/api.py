"""Ways in to settings: what holds, changing it, its history, and what visitors may know."""

from typing import Annotated
from uuid import UUID

from fastapi import Header, Query, Response

from fourfold.core.settings import queries
from fourfold.core.settings.change import ChangeSettings, change_settings, revert_change, tag_of_settings
from fourfold.core.settings.domains import AddDomain, add_domain, prove_domain, remove_domain
from fourfold.core.settings.known import BRANDING, CURRENCY, DISPLAY_NAME, LOCALE, TIME_ZONE
from fourfold.core.settings.shapes import ChangeShape, DomainShape, SettingShape, SettingsShape, StorefrontShape
from fourfold.core.tenants.queries import tenant_with_id
from fourfold.ground.answers import problems
from fourfold.ground.door import may, public, room_router
from fourfold.ground.pages import Cursor, Limit, Page, cursor_for, position_of
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Desk, View, Work

router = room_router("/v1/core", "settings")

IfMatch = Annotated[str | None, Header(max_length=100, description="The entity tag of what you have read.")]


async def _settings_of(view: View, response: Response) -> SettingsShape:
    version, chosen = await queries.chosen_of_tenant(view.db)
    configuration, tenant = view.house.configuration, view.who.tenant_id
    items = []
    for name, setting in sorted(configuration.settings.items()):
        source = await configuration.source(tenant, setting, view.db)
        value = setting.checked(await configuration.value(tenant, setting, view.db))
        # What this request has just set is known here before it holds everywhere.
        if name in chosen and "tenant" in setting.levels:
            source, value = "tenant", chosen[name]
        shape = SettingShape(
            name=name, title=setting.title, value=value, default=setting.checked(setting.default), source=source,
            kind=setting.adapter.json_schema(), changeable="tenant" in setting.levels,
        )  # fmt: skip
        items.append(shape)
    response.headers["ETag"] = tag_of_settings(tenant, version)
    return SettingsShape(version=version, items=items)


@router.get("/settings", summary="Read the settings", responses=problems(401, 403))
async def read_settings_here(
    view: Annotated[View, may("core:settings:read", opens=View)], response: Response
) -> SettingsShape:
    """All settings, the value that holds for this tenant, and the level that it comes from."""
    return await _settings_of(view, response)


@router.patch("/settings", summary="Change settings", responses=problems(401, 403, 412))
async def change_settings_here(
    ask: ChangeSettings,
    work: Annotated[Work, may("core:settings:write")],
    response: Response,
    if_match: IfMatch = None,
) -> SettingsShape:
    """Sets values for this tenant, effective in every process within a second; null takes a value away."""
    await change_settings(work, ask, if_match)
    return await _settings_of(work, response)


@router.get("/settings/history", summary="Read the history of the settings", responses=problems(401, 403))
async def read_history_here(
    view: Annotated[View, may("core:settings:read", opens=View)],
    name: Annotated[str | None, Query(max_length=100, description="Only changes of this setting.")] = None,
    limit: Limit = 20,
    cursor: Cursor = None,
) -> Page[ChangeShape]:
    """Who changed what and when, the newest first."""
    position = position_of(view, "settings", cursor)
    rows = await queries.setting_changes(view.db, UUID(position[0]) if position else None, name, limit + 1)
    items = [ChangeShape.of(row) for row in rows[:limit]]
    more = cursor_for(view, "settings", [str(items[-1].id)]) if len(rows) > limit else None
    return Page(items=items, next=more)


@router.post(
    "/settings/history/{change_id}/revert",
    summary="Revert a change of the settings",
    responses=problems(401, 403, 404, 409),
)
async def revert_change_here(
    change_id: UUID, work: Annotated[Work, may("core:settings:write")], response: Response
) -> SettingsShape:
    """Sets what the change has changed to what it was before; that is a change too, and can be reverted."""
    await revert_change(work, change_id)
    return await _settings_of(work, response)


@router.post("/domains", status_code=201, summary="Name a host of your own", responses=problems(401, 403, 409))
async def add_domain_here(ask: AddDomain, work: Annotated[Work, may("core:settings:write")]) -> DomainShape:
    """Answers with the TXT record that proves whose host it is."""
    return await add_domain(work, ask)


@router.get("/domains", summary="List your hosts", responses=problems(401, 403))
async def list_domains_here(view: Annotated[View, may("core:settings:read", opens=View)]) -> Page[DomainShape]:
    """The hosts that were named, and whether they are proven."""
    return Page(items=[DomainShape.of(row) for row in await queries.domains_of_tenant(view.db)], next=None)


@router.post("/domains/{domain_id}/verify", summary="Prove a host", responses=problems(401, 403, 404, 409))
async def prove_domain_here(
    domain_id: UUID, desk: Annotated[Desk, may("core:settings:write", opens=Desk)]
) -> DomainShape:
    """Looks for the TXT record; once it is found, requests to this host are the tenant's."""
    return await prove_domain(desk, domain_id)


@router.delete("/domains/{domain_id}", status_code=204, summary="Let a host go", responses=problems(401, 403, 404))
async def remove_domain_here(domain_id: UUID, work: Annotated[Work, may("core:settings:write")]) -> None:
    """The host leads nowhere from now on."""
    await remove_domain(work, domain_id)


@router.get("/storefront", summary="Who is this tenant", responses=problems(404))
async def storefront_here(view: Annotated[View, public(opens=View)]) -> StorefrontShape:
    """The name, language and look of the tenant, for the pages of visitors."""
    configuration, tenant_id = view.house.configuration, view.who.tenant_id
    tenant = await tenant_with_id(view.db, tenant_id)
    if tenant is None:
        raise NotFound
    return StorefrontShape(
        slug=tenant["slug"],
        name=await configuration.value(tenant_id, DISPLAY_NAME, view.db) or tenant["name"],
        locale=await configuration.value(tenant_id, LOCALE, view.db),
        currency=await configuration.value(tenant_id, CURRENCY, view.db),
        time_zone=await configuration.value(tenant_id, TIME_ZONE, view.db),
        branding=await configuration.value(tenant_id, BRANDING, view.db),
    )
