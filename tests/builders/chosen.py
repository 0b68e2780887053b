"""Settings that a tenant chooses for itself."""

from typing import Any

from tests.conftest import Tenant

SETTINGS_HERE = "/v1/core/settings"


def choose(tenant: Tenant, **values: Any) -> None:
    """Sets what belongs to the community: `keep_posts_days=30` is `social.keep_posts_days`."""
    answer = tenant.owner.patch(
        SETTINGS_HERE, json={"values": {f"social.{name}": value for name, value in values.items()}}
    )
    assert answer.status_code == 200, answer.text
