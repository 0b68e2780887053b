"""A person who is forgotten leaves no picture and nothing half sent."""

from collections.abc import Callable
from typing import Any

from tests.builders.commerce import made
from tests.conftest import PASSWORD, Running, Tenant
from tests.core.files.test_files import objects_of
from tests.core.files.test_pictures import AVATAR, with_words
from tests.core.uploads.test_uploads import begin, send


def test_nothing_of_a_person_stays(
    running: Running, tenant: Tenant, admin_sql: Callable[..., Any], eventually: Callable[..., Any]
) -> None:
    """T67: with an erasure go the picture, the files, and what was only begun; their room is free again."""
    ada = tenant.sign_up()
    made(ada.put(AVATAR, files={"file": ("me.jpg", with_words())}), 202)
    eventually(lambda: ada.get(AVATAR).json()["status"] == "ready")
    path = begin(ada, 100, "diary.txt")
    assert send(ada, path, 0, b"Dear diary").status_code == 204
    eventually(lambda: len(objects_of(running, tenant)) == 5)
    assert ada.post("/v1/core/me/erasure", json={"password": PASSWORD}).status_code == 202
    eventually(lambda: objects_of(running, tenant) == [])
    eventually(lambda: tenant.visitor.get(f"/v1/core/accounts/{ada.account_id}/avatar").status_code == 404)
    used = "SELECT bytes FROM core.storage_use WHERE tenant_id = $1"
    eventually(lambda: admin_sql(used, tenant.id) == [{"bytes": 0}])
    for table in ("file", "upload", "upload_part", "avatar"):
        rows = f"SELECT FROM core.{table} WHERE tenant_id = $1"
        eventually(lambda rows=rows: admin_sql(rows, tenant.id) == [])
