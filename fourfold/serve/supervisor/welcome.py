"""What `fourfold up` says when everything is ready."""

from fourfold.ground.settings import Settings
from fourfold.serve.errands.demo_logins import DEMO_EMAILS, demo_password


def say_welcome(settings: Settings) -> None:
    """Prints the addresses and, for a demo, who can sign in."""
    base = settings.base_url
    lines = [
        "",
        f"Fourfold is ready at {base}",
        *([f"  API reference   {base}/docs", f"  OpenAPI         {base}/openapi.json"] if settings.shows_docs else []),
        f"  Data            {settings.home}",
    ]
    if settings.demo:
        lines += [f"  Demo tenant     demo, password of all accounts: {demo_password(settings)}"]
        lines += [f"                  {email}" for email in DEMO_EMAILS]
    print("\n".join([*lines, "Ctrl-C stops everything."]), flush=True)  # noqa: T201 - said to a person
