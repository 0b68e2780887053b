"""What the doctor asks of MongoDB: its version, whether it has transactions, shapes of collections, what waits."""

from collections.abc import Awaitable, Callable, Sequence

from pymongo.errors import PyMongoError

from fourfold.ground.document_shapes import misshapen
from fourfold.ground.document_store import DocumentStore
from fourfold.ground.document_work import OUTBOX
from fourfold.ground.service import Service, collections_of
from fourfold.ground.settings import Settings
from fourfold.serve.errands.doctor import Finding

OLDEST = 6
# Rows that wait here have been committed a moment ago: more of them, and nobody carries.
MOST_WAITING = 10_000


def documents_of(settings: Settings, services: Sequence[Service]) -> Callable[[], Awaitable[list[Finding]]]:
    """The checks of documents, for those of these services that keep some."""

    async def check() -> list[Finding]:
        store = DocumentStore(settings.mongo_url or "", name="fourfold doctor")
        try:
            return await _examine(store, services)
        except PyMongoError as problem:
            told = f"does not answer: {problem}"[:200]
            return [Finding("mongo", ok=False, told=told, mend="start MongoDB, and check FOURFOLD_MONGO_URL")]
        finally:
            await store.close()

    return check


async def _examine(store: DocumentStore, services: Sequence[Service]) -> list[Finding]:
    hello = await store.client.admin.command("hello")
    version = str((await store.client.admin.command("buildInfo"))["version"])
    takes_stories = "setName" in hello or hello.get("msg") == "isdbgrid"
    wrong = await misshapen(store, collections_of(services))
    waiting = await store.raw(OUTBOX.name).estimated_document_count()
    told = f"not as declared: {', '.join(wrong)}" if wrong else "collections are as declared"
    return [
        Finding("mongo", int(version.partition(".")[0]) >= OLDEST, f"version {version}", "upgrade MongoDB"),
        Finding(
            "mongo transactions", takes_stories, "a replica set" if takes_stories else "none", "make a replica set"
        ),
        Finding("documents", not wrong, told, "run `fourfold migrate`"),
        Finding("mongo outbox", waiting <= MOST_WAITING, f"{waiting} rows wait", "start a worker that serves social"),
    ]
