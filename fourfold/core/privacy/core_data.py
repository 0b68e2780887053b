"""The core's own personal data: the account, everything that hangs on it, messages, files, and traces."""

from collections.abc import Sequence
from typing import Any

from fourfold.core.audit.jobs import ForgetPerson, forget_person
from fourfold.core.departures.queries import tenant_tables
from fourfold.core.departures.rules import leaves
from fourfold.core.files.edit import remove_file
from fourfold.core.files.queries import files_of
from fourfold.core.privacy import tables
from fourfold.core.privacy.mentions import erase_mentions
from fourfold.core.uploads.create import forget_uploads_of
from fourfold.ground.personal import Person, PersonalData, StoredFile, Told
from fourfold.ground.work import View, Work

# Tables of the core with an account in each row that are not simply the account's own: other declarations see to them.
NOT_OWNED = frozenset({"core.consent", "core.personal_request", "core.setting_change", "core.invitation"})

_ACCOUNT = """
SELECT email, name, status, language, time_zone, phone_hint, email_verified_at, phone_verified_at, created_at
FROM core.account WHERE id = $1
"""
_BLANK_ACCOUNT = """
UPDATE core.account SET email = $2, name = '', password_hash = '', status = 'disabled', email_verified_at = NULL,
  phone_sealed = NULL, phone_key = NULL, phone_hint = NULL, phone_verified_at = NULL, language = NULL,
  time_zone = NULL, updated_at = $3
WHERE id = $1
"""


def erased_email(account_id: object) -> str:
    """What stands for the address of somebody who was forgotten."""
    return f"erased-{account_id}@erased.invalid"


def _count(done: str) -> int:
    return int(done.rsplit(maxsplit=1)[-1])


async def _rows(view: View, statement: str, *args: Any) -> list[dict[str, Any]]:
    return [dict(row) for row in await view.db.fetch(statement, *args)]


async def _tell_account(view: View, person: Person) -> Told:
    found = await _rows(view, _ACCOUNT, person.account_id)
    return Told(found[0] if found else None)


async def _blank_account(work: Work, person: Person) -> int:
    email = erased_email(person.account_id)
    return _count(await work.db.execute(_BLANK_ACCOUNT, person.account_id, email, work.now))


async def _owned_tables(view: View) -> dict[str, list[str]]:
    """Tables of the core whose rows are an account's own, with the columns that may be shown; new ones included."""
    return {
        table.name: [
            column
            for column, kind in zip(table.columns, table.kinds, strict=True)
            if leaves(table.name, column, kind) and column != "tenant_id"
        ]
        for table in await tenant_tables(view.db)
        if table.name.startswith("core.") and "account_id" in table.columns and table.name not in NOT_OWNED
    }


async def _tell_access(view: View, person: Person) -> Told:
    found = {}
    for table, columns in (await _owned_tables(view)).items():
        shown = ", ".join(f'"{column}"' for column in columns)
        statement = f"SELECT {shown} FROM {table} WHERE account_id = $1"  # noqa: S608 - names of the catalogue
        found[table.removeprefix("core.")] = await _rows(view, statement, person.account_id)
    return Told(found)


async def _erase_access(work: Work, person: Person) -> int:
    gone = 0
    for table in await _owned_tables(work):
        statement = f"DELETE FROM {table} WHERE account_id = $1"  # noqa: S608 - a name of the catalogue
        gone += _count(await work.db.execute(statement, person.account_id))
    return gone


async def _tell_messages(view: View, person: Person) -> Told:
    mails = "SELECT subject, body_text, status, created_at, sent_at FROM core.mail WHERE recipient = $1 ORDER BY id"
    held = "SELECT reason, created_at FROM core.suppression WHERE address = $1"
    if not person.is_proven:
        return Told({"mails": [], "suppressions": []})
    return Told(
        {"mails": await _rows(view, mails, person.email), "suppressions": await _rows(view, held, person.email)}
    )


async def _erase_messages(work: Work, person: Person) -> int:
    gone = _count(await work.db.execute("DELETE FROM core.mail WHERE recipient = $1", person.email))
    sealed = await work.db.fetchval("SELECT phone_sealed FROM core.account WHERE id = $1", person.account_id)
    if sealed is not None:
        number = await work.house.sealer.open(
            work.db, work.who.tenant_id, "core.account.phone", person.account_id, bytes(sealed)
        )
        gone += _count(await work.db.execute("DELETE FROM core.text_message WHERE recipient = $1", number.decode()))
    gone += _count(await work.db.execute("DELETE FROM core.suppression WHERE address = $1", person.email))
    await work.db.execute("UPDATE core.invitation SET email = '' WHERE email = $1", person.email)
    return gone


async def _tell_files(view: View, person: Person) -> Told:
    rows = await files_of(view.db, person.account_id)
    data = [{"name": row["name"], "content_type": row["content_type"], "size": row["size"]} for row in rows]
    return Told(data, [StoredFile(row["name"], row["key"]) for row in rows if row["status"] == "ready"])


async def _erase_files(work: Work, person: Person) -> int:
    rows = await files_of(work.db, person.account_id)
    own = [row for row in rows if not row["public"] or row["purpose"] == "avatar"]
    for row in own:
        await remove_file(work, row["id"])
    begun = await forget_uploads_of(work, person.account_id)
    exports = await tables.forget_exports(work.db, person.account_id)
    for key in exports:
        await work.house.storage.delete(work.who.tenant_id, key)
    return len(own) + begun + len(exports)


async def _tell_consents(view: View, person: Person) -> Told:
    statement = "SELECT purpose, version, given, at FROM core.consent WHERE account_id = $1 ORDER BY id"
    return Told(await _rows(view, statement, person.account_id))


async def _keep(_work: Work, _person: Person) -> int:
    return 0


async def _tell_traces(view: View, person: Person) -> Told:
    statement = "SELECT at, action, target, address FROM core.audit_entry WHERE actor = $1 ORDER BY id"
    return Told(await _rows(view, statement, person.account_id))


async def _erase_traces(work: Work, person: Person) -> int:
    work.later(forget_person, ForgetPerson(account_id=person.account_id))
    return await erase_mentions(work, person, erased_email(person.account_id))


PERSONAL: Sequence[PersonalData] = (
    PersonalData(
        "core.account", "The account", "Signing in, and knowing whom a tenant deals with.",
        "The account's id, so that what others keep of it stays consistent; nothing that tells who it was.",
        {
            "core.account.email": "The address.", "core.account.name": "The name.",
            "core.account.phone_sealed": "The number, sealed.", "core.account.phone_key": "A digest to find it by.",
            "core.account.phone_hint": "The number's first and last digits.",
            "core.account.phone_verified_at": "When the number was proven.",
            "core.account.email_verified_at": "When the address was proven.",
        },
        _tell_account, _blank_account,
    ),
    PersonalData(
        "core.access", "Sessions, keys, factors and roles", "Letting the right person in, and nobody else.", "Nothing.",
        {
            "core.session.address": "From where a session was opened.",
            "core.session.user_agent": "With which browser.",
            "core.passkey.name": "What a passkey is called.", "core.totp_factor.name": "What an app is called.",
            "core.api_key.name": "What a key is called.",
        },
        _tell_access, _erase_access,
    ),
    PersonalData(
        "core.messages", "Mails and short messages", "Telling people what happens.", "Nothing.",
        {
            "core.mail.recipient": "The address.", "core.mail.body_text": "What was written.",
            "core.mail.body_html": "What was written.", "core.text_message.recipient": "The number.",
            "core.text_message.body": "What was written.", "core.invitation.email": "The address.",
            "core.suppression.address": "The address.", "core.mail.error": "Why the mail was not taken.",
        },
        _tell_messages, _erase_messages,
    ),
    PersonalData(
        "core.files", "Files", "What people have stored.",
        "Files that were made public for the tenant, without a name of their maker.",
        {"core.file.name": "What a file is called.", "core.upload.name": "What a file is called."},
        _tell_files, _erase_files,
    ),
    PersonalData(
        "core.consents", "Consents", "Proving who agreed to what, and when.",
        "All of them, by the account's id alone: they prove that what was done then was allowed.",
        {"core.consent.purpose": "What was agreed to.", "core.consent.given": "Whether it was."},
        _tell_consents, _keep,
    ),
    PersonalData(
        "core.traces", "Traces", "Security, and doing again what was interrupted.",
        "Entries of the audit log by the account's id, without addresses: the log must not be changed.",
        {
            "core.audit_entry.address": "From where something was done.",
            "ground.event.data": "What has happened, for 30 days.",
            "ground.job.args": "What is to be done, for 30 days.",
            "ground.idempotency.body": "Answers that may be asked for again, for two days.",
        },
        _tell_traces, _erase_traces,
    ),
)  # fmt: skip
