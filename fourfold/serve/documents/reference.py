"""The reference pages that are made from the code: settings, and who may do what."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from fastapi.routing import APIRoute

from fourfold.ground.door import doors_of
from fourfold.ground.service import Service
from fourfold.ground.settings import PREFIX, Settings
from fourfold.serve.wiring import rights_of

ROLES = ("customer", "vendor", "moderator", "analyst", "admin", "owner")


def settings_page() -> str:
    """Every setting: its name, its default and what it is for."""
    lines = [
        "# Settings",
        "",
        "Read from the environment, or from the file that `<NAME>_FILE` names. An embedded server is started only when",
        "its address is not set. With `FOURFOLD_ENV=production` there are no embedded servers and no demo, and the",
        "secret must be given.",
        "",
        "| setting | default | what it is for |",
        "|---|---|---|",
    ]
    for name, field in Settings.model_fields.items():
        lines.append(f"| `{PREFIX}{name.upper()}` | {_default(field.default)} | {field.description} |")
    return "\n".join(lines) + "\n"


def _default(value: Any) -> str:
    if value is None or str(value) in {"", "**********"}:
        return ""
    return f"`{int(value) if isinstance(value, bool) else value}`"


def permissions_page(services: Sequence[Service]) -> str:
    """Every operation, its permission, and the built-in roles that hold it."""
    rights = rights_of(services)
    lines = [
        "# Operations and roles",
        "",
        "A dash means that the role is refused. Public operations need only a tenant; some show more to those who are",
        "signed in.",
        "",
        f"| operation | permission | {' | '.join(ROLES)} |",
        f"|---|---|{'---|' * len(ROLES)}",
    ]
    routes = [route for service in services for router in service.routers for route in router.routes]
    lines += [_row(route, rights) for route in routes if isinstance(route, APIRoute) and route.include_in_schema]
    return "\n".join(lines) + "\n"


def _row(route: APIRoute, rights: dict[str, frozenset[str]]) -> str:
    permission = next((door.permission for door in doors_of(route) if door.permission), None)
    held = ["yes" if permission is None or permission in rights.get(role, ()) else "-" for role in ROLES]
    method = " ".join(sorted(route.methods or ()))
    return f"| `{method} {route.path}` | {f'`{permission}`' if permission else 'public'} | {' | '.join(held)} |"


def pages(services: Sequence[Service]) -> dict[str, str]:
    """The pages by their file names in `docs/reference/`."""
    return {"settings.md": settings_page(), "permissions.md": permissions_page(services)}


def write_reference(folder: Path, services: Sequence[Service]) -> list[Path]:
    """Writes the pages; says which."""
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, text in pages(services).items():
        (folder / name).write_text(text)
        written.append(folder / name)
    return written
