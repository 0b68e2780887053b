"""Revocations: what every process refuses at once, without asking the database for each request."""

from fourfold.ground.changes import Changes
from fourfold.ground.work import Work


class Revocations:
    """Subjects (`session:<id>`, `account:<id>`, `tenant:<id>`) whose older tokens are refused."""

    def __init__(self, changes: Changes) -> None:
        self._changes = changes

    def refuses(self, subject: str, issued_at: float) -> bool:
        """Whether a token of the subject, issued then, is refused."""
        return issued_at < self._changes.last(subject)

    async def revoke(self, work: Work, subject: str) -> None:
        """Refuses the subject's tokens here at once, and everywhere within a second of the commit."""
        await self._changes.tell(work.db, subject, work.now)
