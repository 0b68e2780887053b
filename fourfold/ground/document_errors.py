"""What the document driver raises, in our own words."""

from collections.abc import Mapping
from types import TracebackType
from typing import Any

from bson.errors import InvalidDocument
from pymongo.asynchronous.client_session import AsyncClientSession
from pymongo.errors import BulkWriteError, ConnectionFailure, DuplicateKeyError, OperationFailure, PyMongoError

from fourfold.ground.again import TryAgain
from fourfold.ground.collection import TENANT, Duplicate
from fourfold.ground.filters import UnsafeValue
from fourfold.ground.refusals import Unavailable

WRITE_CONFLICT, NOT_VALID, DUPLICATE = 112, 121, 11_000
TRANSIENT = "TransientTransactionError"
NO_ANSWER = "The document store does not answer; try again in a moment."
CROWDED = "Too many change the same thing at once; try again in a moment."


class NotKept(RuntimeError):
    """A document does not fit the shape that its collection declares."""


class Asking:
    """Turns what the driver raises into our own words; a class and not a generator, since every call pays for it."""

    __slots__ = ("_session",)

    def __init__(self, session: AsyncClientSession | None) -> None:
        self._session = session

    def __enter__(self) -> None:
        """Nothing to prepare."""

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Raises our own exception for one of the driver's."""
        if problem is None or isinstance(problem, Unavailable):
            return
        if isinstance(problem, InvalidDocument | OverflowError | UnicodeEncodeError):
            raise UnsafeValue("A value cannot be stored.") from problem
        if isinstance(problem, PyMongoError):
            raise _told(problem, in_transaction=self._session is not None) from problem


def _told(problem: PyMongoError, *, in_transaction: bool) -> Exception:
    told: Exception = problem
    if in_transaction and problem.has_error_label(TRANSIENT):
        told = TryAgain(str(problem))
    elif isinstance(problem, DuplicateKeyError):
        told = Duplicate(_fields_of(problem.details))
    elif isinstance(problem, BulkWriteError):
        written = [each for each in problem.details.get("writeErrors", []) if each.get("code") == DUPLICATE]
        told = Duplicate(_fields_of(written[0])) if written else problem
    elif isinstance(problem, ConnectionFailure):
        told = Unavailable(NO_ANSWER)
    elif isinstance(problem, OperationFailure) and problem.code == NOT_VALID:
        told = NotKept(str(problem))
    elif isinstance(problem, OperationFailure) and problem.code == WRITE_CONFLICT:
        told = Unavailable(CROWDED)
    return told


def _fields_of(details: Mapping[str, Any] | None) -> list[str]:
    return [name for name in (details or {}).get("keyPattern", {}) if name != TENANT]
