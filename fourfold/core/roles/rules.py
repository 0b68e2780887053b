"""What roles are, apart from any tenant."""

BUILT_IN = ("owner", "admin", "vendor", "customer", "moderator", "analyst")
# Held by the staff of the platform, in the tenant that FOURFOLD_OPERATOR_TENANT names; no tenant gives it away.
OPERATOR = "operator"

_VERBS = {"read": "See", "read_all": "See all", "write": "Change"}


def title_of(permission: str) -> str:
    """A permission in words: `commerce:products:write` is "Change products (commerce)"."""
    system, thing, verb = permission.split(":", 2)
    told = _VERBS.get(verb, verb.replace("_", " ").replace(":", " ").capitalize())
    return f"{told} {thing.replace('_', ' ')} ({system})"


def beyond(own: frozenset[str], before: frozenset[str], after: frozenset[str]) -> list[str]:
    """Permissions that somebody gives or takes away without having them."""
    return sorted((before ^ after) - own)
