"""What all commands share: settings, running, and failing with one line."""

import sys
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer

if TYPE_CHECKING:
    from collections.abc import Coroutine

    from fourfold.ground.settings import Settings

Result = TypeVar("Result")
Json = Annotated[bool, typer.Option("--json", help="Print JSON for scripts.")]


def run(work: "Coroutine[Any, Any, Result]") -> Result:
    """Does the work of a command; asyncio comes late, since `--help` would wait for it longer than for all the rest."""
    import asyncio

    return asyncio.run(work)


def fail(reason: object, code: int = 1) -> NoReturn:
    """Prints one line on standard error and ends."""
    print(f"fourfold: {reason}", file=sys.stderr)
    raise typer.Exit(code)


def settings_here(*, logs: bool = False) -> "Settings":
    from fourfold.ground.settings import BadSettings, load_settings

    try:
        settings = load_settings()
    except BadSettings as problem:
        fail(problem, 2)
    if logs:
        from fourfold.ground.logs import set_up_logs

        set_up_logs(settings.log_level)
    return settings


def settings_of_deployment() -> "Settings":
    """The settings, with the addresses of the embedded servers when none are given and they run."""
    from fourfold.serve.supervisor.deployment import addresses_of
    from fourfold.serve.supervisor.home import supervisor_of

    settings = settings_here()
    is_running = supervisor_of(settings.home) is not None
    if None in {settings.postgres_url, settings.valkey_url} and not is_running:
        fail(f"nothing runs in {settings.home}; start it with `fourfold up`, or set the servers' addresses")
    found = addresses_of(settings)
    settings.postgres_url = found["FOURFOLD_POSTGRES_URL"]
    settings.postgres_worker_url = found["FOURFOLD_POSTGRES_WORKER_URL"]
    settings.postgres_admin_url = found.get("FOURFOLD_POSTGRES_ADMIN_URL")
    settings.valkey_url = found["FOURFOLD_VALKEY_URL"]
    # Whatever needs no documents is done without them.
    settings.mongo_url = found.get("FOURFOLD_MONGO_URL") if is_running else settings.mongo_url
    return settings


def run_errand(errand: "Coroutine[Any, Any, Result]") -> Result:
    """Does something by hand; a refusal is one line and a non-zero exit."""
    from fourfold.ground.refusals import Refusal

    try:
        return run(errand)
    except Refusal as refusal:
        told = "; ".join(f"{each['field']}: {each['message']}" for each in refusal.errors)
        fail(": ".join(filter(None, (str(refusal.detail), told))))
