"""Commands about tenants and about privacy."""

import json
import secrets
from pathlib import Path
from typing import Annotated

import typer

from fourfold.command_line import Json, fail, run_errand, settings_of_deployment

tenants = typer.Typer(help="Tenants: open, list, suspend, export and delete them.", no_args_is_help=True)
privacy = typer.Typer(help="Personal data: what was erased stays erased.", no_args_is_help=True)

Slug = Annotated[str, typer.Argument(help="The tenant's short name in addresses.")]


@tenants.command("create")
def create_tenant(
    slug: Annotated[str, typer.Argument(help="The tenant's short name in addresses.")],
    name: Annotated[str, typer.Option(help="The company's name; the slug by default.")] = "",
    email: Annotated[str, typer.Option(help="The owner's address; owner@SLUG.test by default.")] = "",
    password: Annotated[str, typer.Option(help="The owner's password; one is made and shown by default.")] = "",
    as_json: Json = False,
) -> None:
    """Open a tenant with its owner's account."""
    from fourfold.serve.errands.by_hand import open_tenant_by_hand
    from fourfold.services import ALL

    settings = settings_of_deployment()
    if not email and not settings.development:
        fail("name the owner's address with --email", 2)
    owner, chosen = email or f"owner@{slug}.test", password or secrets.token_urlsafe(18)
    shape = run_errand(open_tenant_by_hand(settings, ALL, slug, name or slug, owner, chosen))
    told = {**shape, "owner": {"email": owner} | ({} if password else {"password": chosen})}
    made = "" if password else f" with the password {chosen}"
    print(json.dumps(told) if as_json else f"Tenant {slug} is open; its owner is {owner}{made}.")


@tenants.command("list")
def list_tenants(as_json: Json = False) -> None:
    """List the tenants."""
    from fourfold.serve.errands.by_hand import tenants_by_hand
    from fourfold.services import ALL

    found = run_errand(tenants_by_hand(settings_of_deployment(), ALL))
    print(json.dumps(found) if as_json else "\n".join(f"{each['slug']:24} {each['name']}" for each in found))


@tenants.command("operator")
def make_operator(
    email: Annotated[str, typer.Argument(help="The address of an account of the operators' tenant.")],
) -> None:
    """Make an account an operator of the platform; the tenant is the one that FOURFOLD_OPERATOR_TENANT names."""
    from fourfold.serve.errands.tenants import make_operator_by_hand
    from fourfold.services import ALL

    run_errand(make_operator_by_hand(settings_of_deployment(), ALL, email))
    print(f"{email} is an operator.")


@tenants.command("suspend")
def suspend_tenant(
    slug: Slug, reason: Annotated[str, typer.Option(help="Why, for the operators.")] = "By hand."
) -> None:
    """Refuse a tenant's requests, and pause its jobs and deliveries."""
    from fourfold.serve.errands.tenants import suspend_by_hand
    from fourfold.services import ALL

    run_errand(suspend_by_hand(settings_of_deployment(), ALL, slug, reason))
    print(f"{slug} is suspended.")


@tenants.command("resume")
def resume_tenant(slug: Slug) -> None:
    """Serve a suspended tenant again."""
    from fourfold.serve.errands.tenants import resume_by_hand
    from fourfold.services import ALL

    run_errand(resume_by_hand(settings_of_deployment(), ALL, slug))
    print(f"{slug} is served again.")


@tenants.command("export")
def export_tenant(
    slug: Slug,
    to: Annotated[Path, typer.Argument(help="The zip file to write.", dir_okay=False)],
    as_json: Json = False,
) -> None:
    """Write everything that a tenant has into one zip file with a manifest."""
    from fourfold.serve.errands.tenants import export_by_hand
    from fourfold.services import ALL

    shape = run_errand(export_by_hand(settings_of_deployment(), ALL, slug, to))
    print(
        json.dumps(shape) if as_json else f"{to}: {shape['tables']} tables, {shape['files']} files, {shape['sha256']}"
    )


@tenants.command("delete")
def delete_tenant(
    slug: Slug,
    confirm: Annotated[str, typer.Option(prompt="The slug again", help="The slug again.")],
    grace_days: Annotated[int | None, typer.Option(min=0, max=365, help="None: as the settings say.")] = None,
    as_json: Json = False,
) -> None:
    """Stop serving a tenant, and delete all that it has when the grace period is over."""
    from fourfold.serve.errands.tenants import delete_by_hand
    from fourfold.services import ALL

    if confirm != slug:
        fail("that is another slug")
    shape = run_errand(delete_by_hand(settings_of_deployment(), ALL, slug, grace_days))
    print(
        json.dumps(shape)
        if as_json
        else f"{slug} will be deleted at {shape['due_at']}; {shape['cancel_token']} cancels it."
    )


@privacy.command("replay")
def replay_ledger(as_json: Json = False) -> None:
    """After a restore: forget again all people and tenants that had been erased."""
    from fourfold.serve.errands.tenants import replay_by_hand
    from fourfold.services import ALL

    shape = run_errand(replay_by_hand(settings_of_deployment(), ALL))
    print(json.dumps(shape) if as_json else f"Forgotten again: {shape['accounts']} people, {shape['tenants']} tenants.")
