"""What tests of kept feeds begin with."""

from collections.abc import Iterator

import pytest
from redis import Redis

from tests.builders.kept_feeds import Valkey
from tests.conftest import Tenant


@pytest.fixture
def valkey(tenant: Tenant) -> Iterator[Valkey]:
    """Valkey, to look into it and to harm it."""
    with Redis.from_url(str(tenant.running.settings.valkey_url)) as client:
        yield client
