"""The front door for people who run Fourfold; each command imports only what it needs."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from fourfold.command_line import Json, fail, run, run_errand, settings_here, settings_of_deployment
from fourfold.tenant_commands import privacy, tenants

app = typer.Typer(
    name="fourfold",
    help="A marketplace, a community, a data platform and a business suite on one core.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
imports = typer.Typer(help="Bring data in from files.", no_args_is_help=True)
exports = typer.Typer(help="Write data into files.", no_args_is_help=True)
keys = typer.Typer(help="The deployment's own keys.", no_args_is_help=True)
app.add_typer(tenants, name="tenant")
app.add_typer(privacy, name="privacy")
app.add_typer(keys, name="keys")
app.add_typer(imports, name="import")
app.add_typer(exports, name="export")
audits = typer.Typer(help="The audit log: verify and anchor it.", no_args_is_help=True)
app.add_typer(audits, name="audit")


@app.command()
def up() -> None:
    """Start everything on this machine: servers, API, worker. Ctrl-C stops it all."""
    from fourfold.serve.supervisor.children import ChildFailed
    from fourfold.serve.supervisor.deployment import PortTaken, listen_on, plan_of
    from fourfold.serve.supervisor.home import AlreadyRunning, UnsafeFolder
    from fourfold.serve.supervisor.supervise import supervise

    settings = settings_here()
    try:
        listening = listen_on(settings.host, settings.port)
        run(supervise(plan_of(settings, listening)))
    except (AlreadyRunning, ChildFailed, UnsafeFolder, PortTaken) as problem:
        fail(problem)


@app.command()
def serve(
    systems: Annotated[list[str] | None, typer.Argument(help="The systems to serve; none: all of them.")] = None,
    listen_fd: Annotated[int | None, typer.Option(hidden=True)] = None,
) -> None:
    """Serve the HTTP API of the named systems in this process."""
    from fourfold.serve.web.api_process import run_api
    from fourfold.serve.wiring import NotConfigured
    from fourfold.services import UnknownService, services_named

    settings = settings_here(logs=True)
    try:
        services = services_named(systems or [])
        if settings.postgres_url is None or settings.valkey_url is None:
            settings = settings_of_deployment()
        run_api(settings, services, listen_fd)
    except (UnknownService, NotConfigured) as problem:
        fail(problem, 2)


@app.command()
def worker(
    systems: Annotated[list[str] | None, typer.Argument(help="The systems to work for; none: all of them.")] = None,
    port: Annotated[int | None, typer.Option(help="Serve /healthz, /readyz and /metrics here.")] = None,
) -> None:
    """Run background work: events, jobs, schedules."""
    from fourfold.serve.figures.server import WorkerPortTaken
    from fourfold.serve.worker.worker import run_worker
    from fourfold.services import ALL, UnknownService, services_named

    settings = settings_here(logs=True)
    try:
        services = services_named(systems or [])
    except UnknownService as problem:
        fail(problem, 2)
    if settings.postgres_url is None or settings.valkey_url is None:
        settings = settings_of_deployment()
    try:
        run(run_worker(settings, services, port, known=ALL))
    except WorkerPortTaken as problem:
        fail(problem)


@app.command()
def migrate(
    to: Annotated[
        str | None, typer.Option(metavar="LINE:REVISION", help="Bring one line there, be it back: commerce:0055.")
    ] = None,
) -> None:
    """Bring the databases to the newest shape; what would make it wait for long is given up instead."""
    from fourfold.migrations.lines import LINES
    from fourfold.migrations.run import CannotMigrate
    from fourfold.migrations.run import migrate as run_migrations

    line, _, revision = (to or "").partition(":")
    if to and line not in LINES:
        fail(f"--to takes one of {', '.join(LINES)} and a revision, as in commerce:0055", 2)
    settings = settings_of_deployment()
    if settings.postgres_admin_url is None:
        fail("set FOURFOLD_POSTGRES_ADMIN_URL to a role that may migrate", 2)
    try:
        run(run_migrations(settings.postgres_admin_url, [line] if to else LINES, revision if to else None))
    except CannotMigrate as problem:
        fail(problem)
    if settings.mongo_url is not None and not to:
        from fourfold.ground.document_shapes import shape_documents
        from fourfold.ground.service import collections_of
        from fourfold.services import ALL

        run(shape_documents(settings.mongo_url, collections_of(ALL)))
    print(f"{line} stands at {revision}." if to else "The database is up to date.")


@app.command(hidden=True)
def prepare() -> None:
    """Part of `up`: make the database, migrate it, fill in the demo at a first start."""
    from fourfold.serve.errands.demo_logins import is_demo_password_new
    from fourfold.serve.supervisor.prepare import is_migrated, is_seeded, make_database

    settings = settings_here()
    admin = settings.postgres_admin_url
    if admin is None:
        return
    run(make_database(admin))
    if not run(is_migrated(admin)):
        from fourfold.migrations.run import CannotMigrate
        from fourfold.migrations.run import migrate as run_migrations

        try:
            run(run_migrations(admin))
        except CannotMigrate as problem:
            fail(problem)
    if settings.demo and (is_demo_password_new(settings) or not run(is_seeded(admin))):
        from fourfold.serve.errands.demo import seed_demo
        from fourfold.services import ALL

        run(seed_demo(settings, ALL))


@app.command()
def seed() -> None:
    """Fill in the demo tenants; what is there already stays as it is."""
    from fourfold.serve.errands.demo import seed_demo
    from fourfold.services import ALL

    settings = settings_of_deployment()
    run(seed_demo(settings, ALL))
    print("The demo tenants are there.")


@app.command()
def doctor(
    books: Annotated[bool, typer.Option("--books", help="Check that stock, money and orders add up.")] = False,
    audit: Annotated[bool, typer.Option("--audit", help="Verify the audit logs.")] = False,
    as_json: Json = False,
) -> None:
    """Check every server, version, migration, clock, disk and permission, and say how to mend each."""
    from fourfold.serve.errands.doctor import examine
    from fourfold.serve.supervisor.home import supervisor_of

    settings = settings_here()
    if supervisor_of(settings.home) is not None or settings.postgres_url is not None:
        settings = settings_of_deployment()
    more = []
    if settings.mongo_url is not None:
        from fourfold.serve.errands.document_checks import documents_of
        from fourfold.services import ALL

        more.append(documents_of(settings, ALL))
    if books or audit:
        from fourfold.serve.errands.audits import audits_of
        from fourfold.serve.errands.books import books_of
        from fourfold.services import ALL

        more += [made(settings, ALL) for made, wanted in ((books_of, books), (audits_of, audit)) if wanted]
    findings = run(examine(settings, more))
    if as_json:
        print(json.dumps({"ok": all(each.ok for each in findings), "findings": [each.as_dict() for each in findings]}))
    else:
        for each in findings:
            print(each.as_line())
    if not all(each.ok for each in findings):
        raise typer.Exit(1)


@keys.command("rotate")
def rotate_signing_keys(
    overlap: Annotated[int, typer.Option(min=0, help="Minutes in which the new key is known before it signs.")] = 10,
    compromised: Annotated[
        bool, typer.Option("--compromised", help="Refuse all access tokens there are; sessions refresh them.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Make the next key that signs access tokens; the last one verifies until its tokens have ended."""
    from fourfold.serve.errands.by_hand import rotate_keys_by_hand
    from fourfold.services import ALL

    told = run_errand(rotate_keys_by_hand(settings_of_deployment(), ALL, overlap, compromised=compromised))
    print(json.dumps(told) if as_json else f"Key {told['id']} signs from {told['signs_from']} on.")


@keys.command("rotate-data")
def rotate_data_key(
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    as_json: Json = False,
) -> None:
    """Change the key that seals a tenant's fields; the worker seals them anew while everything runs."""
    from fourfold.serve.errands.keys import rotate_data_key_by_hand
    from fourfold.services import ALL

    told = run_errand(rotate_data_key_by_hand(settings_of_deployment(), ALL, tenant))
    print(json.dumps(told) if as_json else f"Key {told['key_id']} seals now; job {told['job_id']} does the rest.")


@keys.command("rewrap")
def rewrap_data_keys(as_json: Json = False) -> None:
    """Wrap all tenants' keys with the first key of FOURFOLD_KEK; sealed fields stay as they are."""
    from fourfold.ground.wrapping import CannotUnwrap
    from fourfold.serve.errands.keys import rewrap_by_hand
    from fourfold.services import ALL

    try:
        told = run_errand(rewrap_by_hand(settings_of_deployment(), ALL))
    except CannotUnwrap as problem:
        fail(problem)
    print(json.dumps(told) if as_json else f"{told['rewrapped']} keys are wrapped with {told['kek']} from now on.")


@imports.command("products")
def import_products(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="CSV, Excel or JSON.")],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    vendor: Annotated[str, typer.Option(help="The vendor's slug; the shop's own by default.")] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would happen.")] = False,
    as_json: Json = False,
) -> None:
    """Import products, as they are exported by Shopify or by Fourfold."""
    from fourfold.serve.errands.imports import import_by_hand
    from fourfold.services import ALL

    settings = settings_of_deployment()
    shape = run_errand(import_by_hand(settings, ALL, file, tenant, vendor, dry_run=dry_run, quiet=as_json))
    if as_json:
        print(json.dumps(shape))
    else:
        told = ", ".join(f"{shape[name]} {name}" for name in ("read", "created", "updated", "unchanged", "failed"))
        print(("Would be: " if dry_run else "Imported: ") + told)
        for each in shape["errors"]:
            print(f"line {each['line']}: {each['message']}", file=sys.stderr)
        if shape["problem"]:
            fail(shape["problem"]["detail"])
    if shape["status"] == "failed" or shape["failed"]:
        raise typer.Exit(1)


@exports.command("products")
def export_products(
    file: Annotated[Path, typer.Argument(dir_okay=False, writable=True, help="Where to: .csv or .ndjson.")],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    as_json: Json = False,
) -> None:
    """Export a tenant's products, in a form that imports without a change."""
    from fourfold.serve.errands.imports import export_by_hand
    from fourfold.services import ALL

    size = run_errand(export_by_hand(settings_of_deployment(), ALL, file, tenant))
    print(json.dumps({"file": str(file), "size": size}) if as_json else f"{file}: {size} bytes")


@imports.command("friendships")
def import_friendships(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="Text, perhaps gzipped.")],
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    as_json: Json = False,
) -> None:
    """Import friendships: two handles or numbers on each line; people who are not there yet are added."""
    from fourfold.serve.errands.friendships import import_friendships_by_hand
    from fourfold.services import ALL

    shape = run_errand(import_friendships_by_hand(settings_of_deployment(), ALL, file, tenant, quiet=as_json))
    told = ", ".join(f"{shape[name]} {name}" for name in ("people", "friendships", "skipped"))
    print(json.dumps(shape) if as_json else f"Imported: {told}")


@audits.command("verify")
def verify_audit(
    tenant: Annotated[str, typer.Option(help="The tenant's slug.")],
    as_json: Json = False,
) -> None:
    """Follow the chain of a tenant's log, and hold it against its anchors."""
    from fourfold.serve.errands.audits import verify_by_hand
    from fourfold.services import ALL

    _tell_verdict(run_errand(verify_by_hand(settings_of_deployment(), ALL, tenant)), "sealed", as_json=as_json)


@audits.command("verify-file")
def verify_audit_file(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, readable=True, help="An exported log.")],
    public_key: Annotated[str | None, typer.Option(help="The key that must have signed it, in hex.")] = None,
    as_json: Json = False,
) -> None:
    """Follow the chain of an exported log, with nothing but the file."""
    from fourfold.core.audit.offline import NoExport
    from fourfold.serve.errands.audits import verify_file_by_hand

    try:
        verdict = verify_file_by_hand(file, public_key)
    except NoExport as problem:
        fail(problem, 2)
    _tell_verdict(verdict, "links", as_json=as_json)


@audits.command("anchor")
def anchor_audit(tenant: Annotated[str, typer.Option(help="The tenant's slug.")]) -> None:
    """Put the signed head of a tenant's log into storage, and print it."""
    from fourfold.serve.errands.audits import anchor_by_hand
    from fourfold.services import ALL

    print(json.dumps(run_errand(anchor_by_hand(settings_of_deployment(), ALL, tenant))))


def _tell_verdict(verdict: dict[str, Any], counted: str, *, as_json: bool) -> None:
    bad = f"BAD: {verdict['reason']} at entry {verdict['first_bad_seq']}"
    print(json.dumps(verdict) if as_json else f"ok: {verdict[counted]} entries" if verdict["ok"] else bad)
    if not verdict["ok"]:
        raise typer.Exit(1)


@app.command()
def openapi(
    system: Annotated[str, typer.Argument(help="A system's name; `all` for the merged document.")] = "all",
    publish: Annotated[
        Path | None, typer.Option(help="Write what the API promises into this file, unless that breaks a promise.")
    ] = None,
    breaking: Annotated[bool, typer.Option("--breaking", help="Publish even so; for a new version.")] = False,
) -> None:
    """Print the OpenAPI document of a system, or publish what the whole API promises."""
    if publish is not None:
        _publish(publish, breaking=breaking)
        return
    from fourfold.serve.documents.openapi import document_of
    from fourfold.services import UnknownService, services_named

    try:
        services = services_named([] if system == "all" else [system])
    except UnknownService as problem:
        fail(problem, 2)
    chosen = services if system == "all" else [service for service in services if service.name == system]
    routes = [route for service in chosen for router in service.routers for route in router.routes]
    print(json.dumps(document_of(routes, f"Fourfold {system}".removesuffix(" all")), indent=1))


def _publish(where: Path, *, breaking: bool) -> None:
    from fourfold.serve.documents.published import broken_promises, publish
    from fourfold.services import ALL

    broken = [] if breaking else broken_promises(where, ALL)
    if broken:
        fail("; ".join(broken))
    publish(where, ALL)
    print(where)


@app.command(hidden=True)
def docs(folder: Annotated[Path, typer.Argument(help="Where to write them.")] = Path("docs/reference")) -> None:
    """Write the reference pages that are made from the code."""
    from fourfold.serve.documents.reference import write_reference
    from fourfold.services import ALL

    for path in write_reference(folder, ALL):
        print(path)


def main() -> None:
    """Runs the command line."""
    app()


if __name__ == "__main__":
    main()
