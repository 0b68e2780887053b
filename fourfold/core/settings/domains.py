"""A tenant brings a host of its own: it is named, proven by a TXT record, and leads to the tenant from then on."""

import re
import secrets
from typing import Annotated
from uuid import UUID

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from fourfold.core.settings import queries, tables
from fourfold.core.settings.hosts import SUBJECT
from fourfold.core.settings.shapes import DomainShape
from fourfold.ground.ids import new_id
from fourfold.ground.refusals import Conflict, FieldError, Invalid, NotFound
from fourfold.ground.txt_records import server_of_system, texts_of
from fourfold.ground.work import Desk, Work

MOST_DOMAINS = 50
RECORD = "_fourfold"
_LABEL = r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?"
_HOST = re.compile(rf"({_LABEL}\.)+[a-z]([a-z0-9-]{{0,61}}[a-z0-9])?")


def _known_form(host: str) -> str:
    lower = host.strip().lower().rstrip(".")
    if not _HOST.fullmatch(lower):
        reason = f"{host} is not a host such as shop.example.com"
        raise ValueError(reason)
    return lower


class AddDomain(BaseModel):
    """A host of the tenant's own."""

    model_config = ConfigDict(extra="forbid")
    host: Annotated[str, Field(max_length=253, examples=["shop.example.com"]), AfterValidator(_known_form)]


class NoSuchDomain(NotFound):
    """404: this tenant has named no such host."""

    code = "core.no_such_domain"


class TooManyDomains(Conflict):
    """409: so many hosts a tenant has at most."""

    code = "core.too_many_domains"
    title = f"A tenant has {MOST_DOMAINS} hosts at most"


class DomainTaken(Conflict):
    """409: the host leads to another tenant."""

    code = "core.domain_taken"
    title = "This host leads to another tenant"


class NotProven(Conflict):
    """409: the TXT record is not there, or says something else."""

    code = "core.domain_not_proven"
    title = "The TXT record was not found"


async def add_domain(work: Work, ask: AddDomain) -> DomainShape:
    """Notes a host, which leads nowhere until it is proven; naming it again gives the same proof."""
    own = work.house.settings.domain
    if ask.host == own or ask.host.endswith(f".{own}"):
        raise Invalid(errors=[FieldError("host", "It is one of the platform's own hosts.")])
    await tables.keep_row(work.db, work.who.tenant_id, work.now)
    await queries.chosen_of_tenant(work.db, lock=True)
    known = await queries.domains_of_tenant(work.db)
    if len(known) >= MOST_DOMAINS and ask.host not in {row["host"] for row in known}:
        raise TooManyDomains
    row = await tables.insert_domain(
        work.db, work.who.tenant_id, new_id(), ask.host, secrets.token_urlsafe(24), work.now
    )
    return DomainShape.of(row)


async def prove_domain(desk: Desk, domain_id: UUID) -> DomainShape:
    """Asks the DNS for the record; raises `NoSuchDomain`, `NotProven` and `DomainTaken`."""
    async with desk.view() as view:
        row = await queries.domain_with_id(view.db, domain_id)
    if row is None:
        raise NoSuchDomain
    server = desk.house.settings.dns_server or server_of_system()
    # No transaction is open while the DNS is asked.
    if f"fourfold={row['proof']}" not in await texts_of(f"{RECORD}.{row['host']}", server):
        raise NotProven(f"Set the TXT record {RECORD}.{row['host']} to fourfold={row['proof']}, and try again later.")
    async with desk.work() as work:
        if not await tables.claim_host(work.db, row["host"], work.who.tenant_id):
            raise DomainTaken
        await tables.mark_proven(work.db, domain_id, work.now)
        await work.house.changes.tell(work.db, SUBJECT, work.now)
        work.note("core.domains.prove", f"domain:{domain_id}", after={"host": row["host"]})
        renewed = await queries.domain_with_id(work.db, domain_id)
    if renewed is None:
        raise NoSuchDomain
    return DomainShape.of(renewed)


async def remove_domain(work: Work, domain_id: UUID) -> None:
    """Lets a host go: it leads nowhere from now on."""
    host = await tables.delete_domain(work.db, domain_id)
    if host is None:
        raise NoSuchDomain
    await tables.release_host(work.db, host, work.who.tenant_id)
    await work.house.changes.tell(work.db, SUBJECT, work.now)
