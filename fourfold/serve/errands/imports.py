"""Products by hand, from and to this machine's disk; imports with a bar that moves."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from fourfold.commerce.imports.export import ExportFormat, exported_products
from fourfold.commerce.imports.queries import problems_page
from fourfold.commerce.imports.run import import_file
from fourfold.commerce.imports.shapes import ImportShape
from fourfold.commerce.vendors.queries import vendor_with_slug
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.refusals import NotFound
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Desk
from fourfold.serve.errands.by_hand import house_for_errand

# A person who reads a terminal mends these first; the rest is at the import's `errors_url`.
MOST_TOLD = 20


async def import_by_hand(
    settings: Settings, services: Sequence[Service], file: Path, slug: str, vendor: str, *, dry_run: bool, quiet: bool
) -> dict[str, Any]:
    """Imports the file for a tenant's vendor (the shop itself by default); a wrong name or file is a `Refusal`.

    The answer is the import's shape and its first `errors`, each {line, handle, code, message}.
    """
    async with house_for_errand(settings, services) as house:
        tenant = await tenant_with_slug(house.pool, slug)
        if tenant is None:
            reason = f"There is no tenant {slug}."
            raise NotFound(reason)
        desk = Desk(house, Who.system(tenant["id"], slug))
        async with desk.work() as work:
            row = await vendor_with_slug(work.db, vendor) if vendor else None
            if vendor and row is None:
                reason = f"The tenant {slug} has no vendor {vendor}."
                raise NotFound(reason)
            vendor_id = row["id"] if row else (await ensure_shop(work)).house_vendor_id
        if vendor_id is None:
            reason = "the shop has no vendor of its own"
            raise RuntimeError(reason)
        with Progress(console=Console(stderr=True), disable=quiet) as bar:
            task = bar.add_task(file.name, total=1.0)

            def tell(shape: ImportShape) -> None:
                bar.update(task, completed=shape.progress, description=f"{file.name}: {shape.read} read")

            ended = await import_file(desk, file, vendor_id, dry_run=dry_run, on_progress=tell)
            bar.update(task, completed=1.0)
        async with desk.view() as view:
            wrong = await problems_page(view.db, ended.id, (-1, -1), MOST_TOLD)
        told = [{name: row[name] for name in ("line", "handle", "code", "message")} for row in wrong]
        return {**ended.model_dump(mode="json"), "errors": told}


async def export_by_hand(settings: Settings, services: Sequence[Service], file: Path, slug: str) -> int:
    """Writes a tenant's products, as NDJSON when the file is called so and as CSV else; the file's size in bytes."""
    form = ExportFormat.NDJSON if file.suffix == ".ndjson" else ExportFormat.CSV
    async with house_for_errand(settings, services) as house:
        tenant = await tenant_with_slug(house.pool, slug)
        if tenant is None:
            reason = f"There is no tenant {slug}."
            raise NotFound(reason)
        with file.open("wb") as written:
            async for piece in exported_products(Desk(house, Who.system(tenant["id"], slug)), None, form):
                written.write(piece)
            return written.tell()
