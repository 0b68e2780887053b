"""Settings are changed, by the tenant for itself or by operators for the platform or a plan, and changed back."""

from collections.abc import Mapping
from typing import Annotated, Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field

from fourfold.contracts.core import SettingsChanged
from fourfold.core.settings import queries, tables
from fourfold.ground.answers import tag_of
from fourfold.ground.configuration import PLATFORM, Level, subject_of
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound, PreconditionFailed
from fourfold.ground.work import Work

SettingName = Annotated[str, Field(max_length=100)]


class ChangeSettings(BaseModel):
    """Values by the names of settings; null takes a value away, so that the next level's holds."""

    model_config = ConfigDict(extra="forbid")
    values: dict[SettingName, Any] = Field(
        min_length=1, max_length=100, examples=[{"core.locale": "de", "core.time_zone": "Europe/Berlin"}]
    )


class ChangeSharedSettings(ChangeSettings):
    """Values for the whole platform, or for all tenants of a plan."""

    scope: str = Field(max_length=70, pattern=r"^(platform|plan:[a-z][a-z0-9_-]{0,62})$", examples=["plan:free"])


class NoSuchChange(NotFound):
    """404: this tenant's history has no such change."""

    code = "core.no_such_change"


class NotReverted(Conflict):
    """409: the change was not made at this level."""

    code = "core.not_revertible"
    title = "This change cannot be reverted here"


def tag_of_settings(tenant_id: UUID, version: int) -> str:
    """The entity tag of a tenant's settings."""
    return tag_of("settings", tenant_id, version)


async def change_settings(work: Work, ask: ChangeSettings, if_match: str | None) -> int:
    """Sets the tenant's values and gives the new version; 412 when they were changed since, 422 names each field."""
    checked = _checked(work, ask.values, "tenant")
    await tables.keep_row(work.db, work.who.tenant_id, work.now)
    version, chosen = await queries.chosen_of_tenant(work.db, lock=True)
    tag = tag_of_settings(work.who.tenant_id, version)
    if if_match not in {None, "*", tag}:
        raise PreconditionFailed("The settings have been changed since you read them: read them again.")
    return await _apply(work, version, chosen, checked)


async def revert_change(work: Work, change_id: UUID) -> int:
    """Sets what a change has changed to what it was before, and gives the new version."""
    change = await queries.setting_change(work.db, change_id)
    if change is None:
        raise NoSuchChange
    if change["scope"] != "tenant":
        raise NotReverted
    return await change_settings(work, ChangeSettings(values={change["name"]: change["before"]}), None)


async def change_shared_settings(work: Work, ask: ChangeSharedSettings) -> dict[str, Any]:
    """Sets values for the platform or a plan, and gives all that is set there."""
    checked = _checked(work, ask.values, "platform" if ask.scope == "platform" else "plan")
    # The history of shared settings is the operators' own; its row also makes two changes wait for each other.
    await tables.keep_row(work.db, work.who.tenant_id, work.now)
    await queries.chosen_of_tenant(work.db, lock=True)
    before = await queries.shared_settings(work.db, ask.scope)
    changes = [(new_id(), name, before.get(name), value) for name, value in checked.items()]
    for name, value in checked.items():
        await tables.set_shared(work.db, ask.scope, name, value)
    await _keep(work, 0, ask.scope, changes)
    await work.house.changes.tell(work.db, PLATFORM, work.now)
    return await queries.shared_settings(work.db, ask.scope)


def _checked(work: Work, values: Mapping[str, Any], level: Level) -> dict[str, Any]:
    """The values in the form in which they are kept; raises `Invalid` with what is wrong in each."""
    known = work.house.configuration.settings
    errors: list[FieldError] = []
    checked: dict[str, Any] = {}
    for name, value in values.items():
        setting = known.get(name)
        if setting is None:
            errors.append(FieldError(name, "There is no such setting.", "unknown_setting"))
        elif level not in setting.levels:
            errors.append(FieldError(name, f"It cannot be set for a {level}.", "not_at_this_level"))
        elif value is None:
            checked[name] = None
        elif problems := setting.problems_of(value):
            errors += problems
        else:
            checked[name] = setting.checked(value)
    if errors:
        raise Invalid(errors=errors)
    return checked


async def _apply(work: Work, version: int, chosen: dict[str, Any], checked: Mapping[str, Any]) -> int:
    changes = [
        (new_id(), name, chosen.get(name), value) for name, value in checked.items() if chosen.get(name) != value
    ]
    if not changes:
        return version
    renewed = {name: value for name, value in {**chosen, **checked}.items() if value is not None}
    await tables.update_chosen(work.db, version + 1, renewed, work.now)
    await _keep(work, version + 1, "tenant", changes)
    work.emit(SettingsChanged(tenant_id=work.who.tenant_id, names=sorted(name for _, name, _, _ in changes)))
    await work.house.changes.tell(work.db, subject_of(work.who.tenant_id), work.now)
    return version + 1


async def _keep(work: Work, version: int, scope: str, changes: list[tuple[UUID, str, Any, Any]]) -> None:
    who = work.who
    work.changed({name: before for _, name, before, _ in changes}, {name: after for _, name, _, after in changes})
    await tables.insert_changes(
        work.db, who.tenant_id, version, scope, who.principal, who.account_id, work.now, changes
    )  # fmt: skip
