"""Sessions are ended: one, all, or all but one; their tokens are refused at once, in every process."""

from uuid import UUID

from fourfold.contracts.core import SessionRevoked
from fourfold.core.access import queries, tables
from fourfold.ground.refusals import NotFound
from fourfold.ground.work import Work


class NoSuchSession(NotFound):
    """404: the account has no such session, or it has ended."""

    code = "core.no_such_session"


async def end_session(work: Work, session_id: UUID, account_id: UUID, reason: str) -> None:
    """Ends a session; raises `NoSuchSession` when the account has none of the id that lives."""
    if not await tables.end_session(work.db, session_id, account_id, reason, work.now):
        raise NoSuchSession
    await _tell(work, session_id, account_id, reason)


async def end_sessions(work: Work, account_id: UUID, reason: str, *, but: UUID | None = None) -> int:
    """Ends all sessions of the account, or all but one; how many there were."""
    ended = await tables.end_sessions(work.db, account_id, but, reason, work.now)
    for session_id in ended:
        await _tell(work, session_id, account_id, reason)
    return len(ended)


async def end_others(work: Work) -> int:
    """Ends all the caller's sessions but the one that asks; how many there were."""
    return await end_sessions(work, work.who.account, "ended_by_owner", but=work.who.session_id)


async def end_session_of(work: Work, account_id: UUID, session_id: UUID | None) -> int:
    """Ends a session of an account, or all of them; raises `NoSuchSession`. How many there were."""
    if session_id is None:
        return await end_sessions(work, account_id, "ended_by_administrator")
    await end_session(work, session_id, account_id, "ended_by_administrator")
    return 1


async def _tell(work: Work, session_id: UUID, account_id: UUID, reason: str) -> None:
    await work.house.changes.tell(work.db, queries.session_subject(session_id), work.now)
    work.emit(SessionRevoked(session_id=session_id, account_id=account_id, reason=reason))
