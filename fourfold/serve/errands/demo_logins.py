"""Who can sign in to the demo, and with which password."""

from hashlib import sha256
from pathlib import Path

from fourfold.ground.settings import Settings, kept_secret

DEMO_ROLES = ("owner", "vendor", "customer", "moderator", "analyst")
DEMO_EMAILS = tuple(f"{role}@demo.test" for role in DEMO_ROLES)


def demo_password(settings: Settings) -> str:
    """The password of all demo accounts: as set, or a random one that is kept in the data folder."""
    if settings.demo_password is not None:
        return settings.demo_password.get_secret_value()
    return kept_secret(settings.home, "demo-password")


def is_demo_password_new(settings: Settings) -> bool:
    """Whether the demo accounts still have another password than the one that is told."""
    noted = _noted(settings)
    return not noted.exists() or noted.read_text() != _digest(settings)


def note_demo_password(settings: Settings) -> None:
    """Notes that the demo accounts have the password that is told."""
    noted = _noted(settings)
    noted.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    noted.touch(mode=0o600)
    noted.write_text(_digest(settings))


def _noted(settings: Settings) -> Path:
    return settings.home / "secrets" / "demo-password-set"


def _digest(settings: Settings) -> str:
    return sha256(demo_password(settings).encode()).hexdigest()
