"""Who can sign in to the demo, and with which password."""

from fourfold.ground.settings import Settings, kept_secret

DEMO_ROLES = ("owner", "vendor", "customer", "moderator", "analyst")
DEMO_EMAILS = tuple(f"{role}@demo.test" for role in DEMO_ROLES)


def demo_password(settings: Settings) -> str:
    """The password of all demo accounts: as set, or a random one that is kept in the data folder."""
    if settings.demo_password is not None:
        return settings.demo_password.get_secret_value()
    return kept_secret(settings.home, "demo-password")
