"""One of everything that a path can name, in one tenant: what walks over the whole API walk over."""

import asyncio
import io
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

from PIL import Image

from fourfold.ground.ids import new_id
from tests.builders.chat import conversation_things
from tests.builders.commerce import a_product, made, order_of, pay
from tests.builders.commerce import an_order as placed_order
from tests.builders.community import community, react, write
from tests.builders.factors import add_app
from tests.builders.media import a_medium
from tests.conftest import Caller, Tenant, sql_in

Ids = dict[str, str]
SHEET = b"Handle,Title,Variant SKU,Variant Price\nblue-cup,Blue cup,CUP-1,9.50\n"


def sql(tenant: Tenant, statement: str, *args: Any) -> list[dict[str, Any]]:
    """Runs SQL as the superuser, for what no caller can arrange."""
    return asyncio.run(sql_in(tenant.running.database, statement, *args))


def until(check: Callable[[], Any], seconds: float = 60) -> Any:
    """What the worker brings about sooner or later."""
    deadline = time.monotonic() + seconds
    while not (found := check()):
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.1)
    return found


def core_things(tenant: Tenant) -> Ids:
    """An account, a key, a job that waits for next year, and an event that a reaction gave up on."""
    owner = tenant.owner
    key = made(owner.post("/v1/core/api-keys", json={"name": "key", "scopes": ["core:me:read"]}))
    job, now = new_id(), datetime.now(UTC)
    sql(
        tenant,
        "INSERT INTO ground.job (tenant_id, id, name, args, run_at, created_at) VALUES ($1, $2, $3, '{}', $4, $5)",
        tenant.id, job, "tests.waiting", now + timedelta(days=365), now,
    )  # fmt: skip
    event = made(owner.get("/v1/core/events", params={"limit": 1}), 200)["items"][0]["id"]
    sql(
        tenant,
        "INSERT INTO ground.parked (tenant_id, reaction, event_id, attempts, error, parked_at)"
        " VALUES ($1, $2, $3, 8, 'it never worked', $4)",
        tenant.id, "tests.nothing", event, now,
    )  # fmt: skip
    account = tenant.sign_up().account_id
    app = made(owner.post("/v1/core/me/factors/totp", json={"name": "phone"}))
    return {
        "account_id": account,
        "factors.factor_id": add_app(tenant.sign_up(), tenant.running.clock)["id"],
        "totp.factor_id": app["id"],
        "key_id": key["id"],
        "job_id": str(job),
        "event_id": event,
        "reaction": "tests.nothing",
    }


def access_things(tenant: Tenant) -> Ids:
    """A role of the tenant's own, a service account that has it, and a session of a member."""
    # A role's name may look like any other id, so that it can stand where one is asked for.
    role = {"name": str(new_id()), "title": "A role", "permissions": ["core:me:read"]}
    made(tenant.owner.post("/v1/core/roles", json=role))
    service = made(tenant.owner.post("/v1/core/service-accounts", json={"name": "robot", "roles": [role["name"]]}))
    (session,) = made(tenant.sign_up().get("/v1/core/sessions"), 200)["items"]
    return {"role_name": str(role["name"]), "service_account_id": service["id"], "session_id": session["id"]}


def house_rules(tenant: Tenant) -> Ids:
    """A changed setting, a host, an invitation, and exports of the tenant and of its owner."""
    owner = tenant.owner
    made(owner.patch("/v1/core/settings", json={"values": {"core.locale": "de"}}), 200)
    change = made(owner.get("/v1/core/settings/history"), 200)["items"][0]
    domain = made(owner.post("/v1/core/domains", json={"host": f"{tenant.slug}.example.com"}))
    invited = made(owner.post("/v1/core/invitations", json={"email": "new@demo.test", "roles": ["customer"]}))
    exports = {}
    for path in ("/v1/core/tenant-exports", "/v1/core/me/exports"):
        exports[path] = started = made(owner.post(path), 202)["id"]
        until(partial(_is_done, owner, f"{path}/{started}"))
    return {
        "change_id": change["id"],
        "domain_id": domain["id"],
        "invitation_id": invited["id"],
        "export_id": exports["/v1/core/tenant-exports"],
        "request_id": exports["/v1/core/me/exports"],
    }


def _is_done(caller: Caller, path: str) -> bool:
    return bool(made(caller.get(path), 200)["status"] == "done")


def messages(tenant: Tenant) -> Ids:
    """A mail that was held back, since its address gets none, and a template of the tenant's own."""
    owner = tenant.owner
    held = f"held-{new_id().hex[-8:]}@{tenant.slug}.test"
    suppression = made(owner.post("/v1/core/suppressions", json={"address": held, "reason": "bounced"}))
    tenant.sign_up(email=held)
    mails = {"to": held, "status": "suppressed"}
    mail = until(lambda: made(owner.get("/v1/core/mails", params=mails), 200)["items"])[0]
    name, text = "core.accounts.verify_email", {"subject": "Welcome to {{ tenant }}", "text": "Follow {{ link }}"}
    made(owner.put(f"/v1/core/notice-templates/{name}/it", json=text), 200)
    return {
        "suppression_id": suppression["id"], "mail_id": mail["id"], "template_name": name, "language": "it",
    }  # fmt: skip


def shop_settings(tenant: Tenant) -> Ids:
    """A coupon, a tax rate and a way to send."""
    owner, euros = tenant.owner, {"amount": 500, "currency": "EUR"}
    coupon = made(owner.post("/v1/commerce/coupons", json={"code": "WELCOME", "kind": "percent", "basis_points": 1000}))
    rate = made(owner.post("/v1/commerce/tax-rates", json={"country": "FR", "basis_points": 2000}))
    method = made(owner.post("/v1/commerce/shipping-methods", json={"name": "Courier", "price": euros}))
    return {"coupon_id": coupon["id"], "rate_id": rate["id"], "method_id": method["id"], "code": "WELCOME"}


def catalogue(tenant: Tenant) -> Ids:
    """A published product with its variant, in a category, of the house's vendor; and an import that has run."""
    category = made(tenant.owner.post("/v1/commerce/categories", json={"name": "Things", "slug": "things"}))
    product = a_product(tenant.owner, category_ids=[category["id"]])
    files = {"file": ("products.csv", SHEET, "text/csv")}
    run = tenant.owner.post("/v1/commerce/imports", files=files)
    assert run.status_code in {201, 202}, run.text
    path = f"/v1/commerce/imports/{run.json()['id']}"
    until(lambda: tenant.owner.get(path).json()["status"] in {"done", "failed"})
    return {
        "category_id": category["id"],
        "product_id": product["id"], "variant_id": product["variants"][0]["id"],
        "vendor_id": product["vendor"]["id"], "import_id": run.json()["id"],
    }  # fmt: skip


def pictures(tenant: Tenant) -> Ids:
    """A picture of a product, in all its sizes."""
    owner, drawn = tenant.owner, io.BytesIO()
    Image.new("RGB", (40, 30), "navy").save(drawn, "PNG")
    path = f"/v1/commerce/products/{a_product(owner)['id']}/images"
    image = made(owner.post(path, files={"file": ("navy.png", drawn.getvalue(), "image/png")}))["id"]
    until(lambda: owner.get(f"/v1/commerce/images/{image}/320").status_code == 200)
    return {"image_id": image, "width": "320"}


def sales(tenant: Tenant) -> Ids:
    """An open cart with a line and a coupon, and a paid order with its fulfilment, papers and a refund of a part."""
    owner, buyer = tenant.owner, tenant.sign_up()
    variant = a_product(owner)["variants"][0]["id"]
    placed = placed_order(buyer, (variant, 2))
    pay(buyer, placed)
    order = until(lambda: _paid(buyer, placed))
    body = {"amount": {"amount": 100, "currency": "EUR"}, "reason": "a scratch"}
    key = {"Idempotency-Key": new_id().hex}
    refund = made(owner.post(f"/v1/commerce/orders/{order['id']}/refunds", json=body, headers=key))
    parts = until(lambda: owner.get("/v1/commerce/fulfilments", params={"order_id": order["id"]}).json()["items"])
    papers = f"/v1/commerce/orders/{order['id']}/papers"
    paper = until(lambda: next((each for each in owner.get(papers).json()["items"] if each["kind"] == "invoice"), None))
    until(lambda: owner.get(f"/v1/commerce/papers/{paper['id']}").status_code == 200)
    cart = made(owner.post("/v1/commerce/carts"))
    lines = f"/v1/commerce/carts/{cart['id']}/lines"
    cart = made(owner.post(lines, json={"variant_id": variant, "quantity": 1}))
    return {
        "order_id": order["id"], "order_line_id": order["lines"][0]["id"],
        "payment_id": placed["payment"]["id"], "refund_id": refund["id"], "fulfilment_id": parts[0]["id"],
        "paper_id": paper["id"], "cart_id": cart["id"], "line_id": cart["lines"][0]["id"],
    }  # fmt: skip


def _paid(buyer: Caller, placed: dict[str, Any]) -> dict[str, Any] | None:
    order = order_of(buyer, placed)
    return order if order["status"] == "processing" else None


def files(tenant: Tenant) -> Ids:
    """A picture that is a file, in all its widths, and an upload that has not begun."""
    owner, drawn = tenant.owner, io.BytesIO()
    Image.new("RGB", (40, 30), "green").save(drawn, "PNG")
    sent = made(owner.post("/v1/core/files", files={"file": ("green.png", drawn.getvalue(), "image/png")}))
    until(lambda: owner.get(f"/v1/core/files/{sent['id']}").json()["variants_status"] == "made")
    described = {"Upload-Length": "10", "Upload-Metadata": "filename eC50eHQ=", "Tus-Resumable": "1.0.0"}
    begun = owner.post("/v1/core/uploads", headers=described)
    assert begun.status_code == 201, begun.text
    return {"file_id": sent["id"], "upload_id": begun.headers["location"].rpartition("/")[2]}


def face(tenant: Tenant) -> Ids:
    """An account with a picture of its owner."""
    person, drawn = tenant.sign_up(), io.BytesIO()
    Image.new("RGB", (40, 30), "pink").save(drawn, "PNG")
    made(person.put("/v1/core/me/avatar", files={"file": ("me.png", drawn.getvalue(), "image/png")}), 202)
    until(lambda: person.get("/v1/core/me/avatar").json()["status"] == "ready")
    return {"account_id": person.account_id}


def told_things(tenant: Tenant) -> Ids:
    """A hashtag, and a notification and a device of the owner's."""
    device = made(tenant.owner.post("/v1/social/devices", json={"provider": "fcm", "token": f"device-{new_id()}"}))
    react(tenant.sign_up(), write(tenant.owner, "Ripe #medlars"))
    (line, *_) = until(lambda: made(tenant.owner.get("/v1/social/notifications"), 200)["items"])
    return {"notification_id": line["id"], "device_id": device["id"], "tag": "medlars"}


def things_set_apart(tenant: Tenant) -> Ids:
    """A word that the owner has muted, and a report of a member's about another one's post."""
    word = made(tenant.owner.post("/v1/social/muted-words", json={"text": "medlars", "places": ["search"]}))
    wrong = {"kind": "post", "id": write(tenant.sign_up(), "Buy now")["id"], "reason": "spam"}
    return {
        "muted_word_id": word["id"],
        "report_id": made(tenant.sign_up().post("/v1/social/reports", json=wrong))["id"],
    }


# Each part of the house, and who builds it: the ids are named as the paths' parameters are. A name that means several
# things is preceded by the word before it in the path: `/totp/{factor_id}` asks for a `totp.factor_id`.
EVERYTHING: dict[str, Callable[[Tenant], Ids]] = {
    "core": core_things,
    "access": access_things,
    "house rules": house_rules,
    "messages": messages,
    "settings of a shop": shop_settings,
    "catalogue": catalogue,
    "pictures": pictures,
    "files": files,
    "faces": face,
    "sales": sales,
    "community": community,
    "media": a_medium,
    "chat": conversation_things,
    "what is told": told_things,
    "what is not to be met": things_set_apart,
}


def one_of_everything(tenant: Tenant) -> Ids:
    """Builds all of it; the ids by the names of the path parameters."""
    ids: Ids = {"tenant_id": tenant.id}
    for build in EVERYTHING.values():
        ids |= build(tenant)
    return ids
