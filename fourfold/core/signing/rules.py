"""Which keys sign, verify and are done with, decided from their times."""

from collections.abc import Mapping
from datetime import datetime, timedelta

# No access token lives longer (the setting is bounded by it), and clocks differ a little.
LONGEST_TOKEN = timedelta(minutes=65)


def signer_at(signs_from: Mapping[str, datetime], now: datetime) -> str:
    """The key that signs: the latest one whose time has come, or the first when none has."""
    begun = [key_id for key_id, since in signs_from.items() if since <= now]
    return max(begun or signs_from, key=lambda key_id: signs_from[key_id] if begun else -signs_from[key_id].timestamp())


def outlived(signs_from: Mapping[str, datetime], now: datetime) -> list[str]:
    """Keys whose last token has ended: a successor has signed for longer than any token lives."""
    done = [since for since in signs_from.values() if since + LONGEST_TOKEN <= now]
    return [key_id for key_id, since in signs_from.items() if done and since < max(done)]


def is_due(signs_from: Mapping[str, datetime], now: datetime, days: int) -> bool:
    """Whether the newest key has signed for its days; never with 0 days."""
    return days > 0 and bool(signs_from) and max(signs_from.values()) + timedelta(days=days) <= now
