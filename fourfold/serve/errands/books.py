"""The books of all tenants, for the doctor."""

from collections.abc import Awaitable, Callable, Sequence

from fourfold.commerce.books.queries import check_books, letters_due
from fourfold.commerce.books.shapes import BooksShape
from fourfold.core.notices.queries import mails_missing
from fourfold.core.tenants.queries import active_tenants
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import look
from fourfold.serve.errands.by_hand import house_for_errand
from fourfold.serve.errands.doctor import Finding


def books_of(settings: Settings, services: Sequence[Service]) -> Callable[[], Awaitable[list[Finding]]]:
    """A check of the books of each tenant, two findings for each."""

    async def check() -> list[Finding]:
        findings = []
        async with house_for_errand(settings, services) as house:
            for tenant in await active_tenants(house.pool):
                async with look(house, Who.system(tenant.id, tenant.slug)) as view:
                    findings.append(_finding(tenant.slug, await check_books(view)))
                    findings.append(_letters(tenant.slug, await mails_missing(view.db, await letters_due(view))))
        return findings

    return check


def _finding(slug: str, books: BooksShape) -> Finding:
    broken = [f"{check.name} ({len(check.offenders)}: {check.offenders[0]})" for check in books.checks if not check.ok]
    told = "; not so: ".join(broken) if broken else f"{len(books.checks)} checks hold"
    mend = "read GET /v1/commerce/books for the rows, and report them: no way in should be able to break this"
    return Finding(f"books of {slug}", books.ok, ("not so: " if broken else "") + told, mend)


def _letters(slug: str, missing: list[str]) -> Finding:
    told = f"{len(missing)} are missing, such as {missing[0]}" if missing else "every buyer was written to"
    mend = "look at failed jobs and parked events: GET /v1/core/jobs?status=failed, GET /v1/core/parked-events"
    return Finding(f"letters of {slug}", not missing, told, mend)
