"""The demo: two tenants with accounts and a small shop, made by the same acts that people use."""

import secrets
from collections.abc import Sequence
from uuid import UUID

from slugify import slugify

from fourfold.commerce.catalog.drafts import ProductDraft, VariantDraft
from fourfold.commerce.catalog.write import write_products
from fourfold.commerce.categories.ensure import ensure_categories
from fourfold.commerce.vendors.add import AddVendor, add_vendor
from fourfold.commerce.vendors.queries import vendor_of_account, vendor_waiting_for
from fourfold.commerce.vendors.scope import ensure_vendor_of_caller
from fourfold.commerce.vendors.shop import ensure_shop
from fourfold.core.accounts.credentials import set_password
from fourfold.core.accounts.passwords import hash_password
from fourfold.core.accounts.queries import account_with_email
from fourfold.core.accounts.register import Register, add_account
from fourfold.core.tenants.open import OpenTenant, SlugTaken, open_tenant
from fourfold.core.tenants.queries import tenant_with_slug
from fourfold.ground.house import House
from fourfold.ground.service import Service
from fourfold.ground.settings import Settings
from fourfold.ground.who import Who
from fourfold.ground.work import Work, begin
from fourfold.serve.errands.demo_goods import CATEGORIES, GOODS, DemoProduct
from fourfold.serve.errands.demo_logins import DEMO_ROLES, demo_password, is_demo_password_new, note_demo_password
from fourfold.serve.wiring import open_house

# Slug, name, and who sells there.
TENANTS = (("demo", "Demo Market", "Harbour & Hearth"), ("demo-two", "Second Market", "Tideline Outfitters"))


async def seed_demo(settings: Settings, services: Sequence[Service]) -> None:
    """Fills in what is missing of the demo; done twice it changes nothing.

    The accounts have the password that is told, also when another one has been set since the last time.
    """
    house = await open_house(settings, services)
    try:
        # One hash for all: at a first start each would take as long as the rest of the seeding.
        password_hash = await hash_password(demo_password(settings))
        for slug, name, seller in TENANTS:
            tenant_id = await _seed_tenant(house, slug, name, seller, password_hash)
            if is_demo_password_new(settings):
                async with begin(house, Who.system(tenant_id, slug)) as work:
                    await _set_passwords(work, slug, password_hash)
        note_demo_password(settings)
    finally:
        await house.close()


async def _set_passwords(work: Work, slug: str, password_hash: str) -> None:
    for role in DEMO_ROLES:
        account = await account_with_email(work.db, f"{role}@{slug}.test")
        if account is not None:
            await set_password(work, account["id"], password_hash)


async def _seed_tenant(house: House, slug: str, name: str, seller: str, password_hash: str) -> UUID:
    # Whoever opens a tenant may not choose a weak password; for the demo on one's own machine any will do, set later.
    owner = Register(email=f"owner@{slug}.test", password=secrets.token_urlsafe(24), name="Olive Owner")
    try:
        tenant_id = (await open_tenant(house, OpenTenant(name=name, slug=slug, owner=owner))).id
    except SlugTaken:
        row = await tenant_with_slug(house.pool, slug)
        if row is None:
            raise
        tenant_id = row["id"]
    async with begin(house, Who.system(tenant_id, slug)) as work:
        accounts = {role: await _seed_account(work, role, slug, name, password_hash) for role in DEMO_ROLES[1:]}
        await _seed_vendor(work, accounts["vendor"], seller, f"vendor@{slug}.test")
    vendor = Who(
        tenant_id, slug, kind="account", account_id=accounts["vendor"], roles=frozenset({"vendor"}),
        email=f"vendor@{slug}.test",
    )  # fmt: skip
    async with begin(house, vendor) as work:
        await _seed_goods(work)
    return tenant_id


async def _seed_account(work: Work, role: str, slug: str, name: str, password_hash: str) -> UUID:
    email = f"{role}@{slug}.test"
    added = await add_account(work, email, f"{role.title()} of {name}", password_hash, (role,))
    if added is not None:
        return added
    account = await account_with_email(work.db, email)
    if account is None:
        reason = "the account is neither new nor there"
        raise RuntimeError(reason)
    account_id: UUID = account["id"]
    return account_id


async def _seed_vendor(work: Work, account_id: UUID, name: str, email: str) -> None:
    """The vendor that the account takes over when it first sells."""
    if await vendor_of_account(work.db, account_id) is None and await vendor_waiting_for(work.db, email) is None:
        await add_vendor(work, AddVendor(name=name, email=email))


async def _seed_goods(work: Work) -> None:
    shop = await ensure_shop(work)
    vendor_id = await ensure_vendor_of_caller(work)
    if await work.db.fetchval("SELECT EXISTS (SELECT FROM commerce.product)"):
        return
    categories = await ensure_categories(work, CATEGORIES)
    drafts = [_draft_of(each, shop.currency, categories[each.category]) for each in GOODS]
    await write_products(work, vendor_id, drafts, now=work.now)


def _draft_of(product: DemoProduct, currency: str, category_id: UUID) -> ProductDraft:
    slug = slugify(product.title)
    variants = [
        VariantDraft(f"{slug}-{slugify(size)}".upper(), {"Size": size}, product.price, stock=product.stock)
        for size in product.sizes
    ] or [VariantDraft(slug.upper(), {}, product.price, stock=product.stock)]
    return ProductDraft(
        slug=slug,
        title=product.title,
        status="published",
        currency=currency,
        variants=tuple(variants),
        description=f"<p>{product.told}</p>",
        kind=CATEGORIES[product.category],
        options=("Size",) if product.sizes else (),
        specifications={"material": product.material},
        category_ids=(category_id,),
    )
