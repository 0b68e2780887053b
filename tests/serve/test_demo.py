"""The demo: what a first look finds."""

from pathlib import Path

from pydantic import SecretStr

from fourfold.serve.errands.demo import TENANTS, seed_demo
from fourfold.serve.errands.demo_logins import DEMO_EMAILS, is_demo_password_new
from fourfold.services import ALL
from tests.builders.commerce import made
from tests.conftest import Caller, Running


async def test_demo_vendors_have_names(running: Running) -> None:
    """P-01: goods are sold by somebody with a name, and filling the demo twice changes nothing."""
    found = []
    for _ in range(2):
        await seed_demo(running.settings, ALL)
        found.append([_sellers(running, slug) for slug, _, _ in TENANTS])
    assert found[0] == found[1] == [{name} for _, _, name in TENANTS]


def _sellers(running: Running, slug: str) -> set[str]:
    visitor = Caller(running.client, {"X-Tenant": slug})
    items = made(visitor.get("/v1/commerce/products", params={"limit": 100}), 200)["items"]
    assert len(items) > 20
    documents = [made(visitor.get(f"/v1/commerce/products/{each['slug']}"), 200) for each in items[:3]]
    return {document["vendor"]["name"] for document in documents}


async def test_demo_logins_follow_the_setting(running: Running, tmp_path: Path) -> None:
    """P-01: the demo's accounts have the password that is told, also when it is set to another one later."""
    for password in ("demo", "another one"):
        settings = running.settings.model_copy(update={"home": tmp_path, "demo_password": SecretStr(password)})
        assert is_demo_password_new(settings)
        await seed_demo(settings, ALL)
        assert not is_demo_password_new(settings)
        visitor = Caller(running.client, {"X-Tenant": "demo"})
        for email in DEMO_EMAILS:
            made(visitor.post("/v1/core/tokens", json={"email": email, "password": password}), 200)
