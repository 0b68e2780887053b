"""Mentions: where a person's address stands in what was told, enqueued or answered."""

from fourfold.ground.personal import Person
from fourfold.ground.work import Work

# The address as it stands in JSON, without its quotes.
_IN_EVENTS = """
UPDATE ground.event SET data = replace(
  (CASE WHEN subject = $1 AND data ? 'name' THEN jsonb_set(data, '{name}', '""') ELSE data END)::text, $2, $3)::jsonb
WHERE (subject = $1 AND data ? 'name') OR position($2 IN data::text) > 0
"""
_IN_JOBS = """
DELETE FROM ground.job WHERE status IN ('done', 'failed', 'cancelled')
AND tenant_id = $1 AND position($2 IN args::text) > 0
"""
_IN_ANSWERS = "DELETE FROM ground.idempotency WHERE position($1 IN principal) > 0"


async def erase_mentions(work: Work, person: Person, instead: str) -> int:
    """Puts something else in the place of the person's address, or removes what mentions it; how many rows it met."""
    account = str(person.account_id)
    statements: list[tuple[str, tuple[object, ...]]] = [
        (_IN_EVENTS, (account, person.email, instead)),
        (_IN_JOBS, (work.who.tenant_id, person.email)),
        (_IN_ANSWERS, (account,)),
    ]
    met = 0
    for statement, args in statements:
        met += int((await work.db.execute(statement, *args)).split()[-1])
    return met
