"""Reads of pictures."""

from uuid import UUID

import asyncpg

from fourfold.ground.db import Connection


async def image_with_id(db: Connection, product_id: UUID, image_id: UUID) -> asyncpg.Record | None:
    """A picture of a product, locked against a second edit."""
    return await db.fetchrow(
        "SELECT id, key, sizes FROM commerce.product_image WHERE id = $1 AND product_id = $2 FOR UPDATE",
        image_id, product_id,
    )  # fmt: skip


async def image_shown(db: Connection, image_id: UUID) -> str | None:
    """A picture as JSON text, as the product shows it."""
    text: str | None = await db.fetchval(
        "SELECT jsonb_build_object('id', i.id, 'variant_id', i.variant_id, 'position', i.position, 'alt', i.alt,"
        " 'status', i.status, 'width', i.width, 'height', i.height, 'url', CASE WHEN i.status = 'done' THEN"
        " coalesce(i.source_url, '/v1/commerce/images/' || i.id || '/320') END, 'sizes', coalesce((SELECT"
        " jsonb_object_agg(s.key, '/v1/commerce/images/' || i.id || '/' || s.key) FROM jsonb_each(i.sizes) s),"
        " '{}'))::text FROM commerce.product_image i WHERE i.id = $1",
        image_id,
    )
    return text


async def images_of_product(db: Connection, product_id: UUID) -> int:
    """How many pictures a product has."""
    return int(await db.fetchval("SELECT count(*) FROM commerce.product_image WHERE product_id = $1", product_id))


async def has_variant(db: Connection, product_id: UUID, variant_id: UUID) -> bool:
    """Whether the variant belongs to the product."""
    return bool(
        await db.fetchval(
            "SELECT EXISTS (SELECT FROM commerce.variant WHERE id = $1 AND product_id = $2)", variant_id, product_id
        )
    )


async def upload_to_shrink(db: Connection, image_id: UUID) -> asyncpg.Record | None:
    """The uploaded file of a picture that waits to be made smaller."""
    return await db.fetchrow(
        "SELECT product_id, key FROM commerce.product_image WHERE id = $1 AND status = 'processing'", image_id
    )


async def served_file(db: Connection, image_id: UUID) -> asyncpg.Record | None:
    """Whose a picture is and where its files are, in whichever tenant: (tenant_id, sizes)."""
    return await db.fetchrow("SELECT tenant_id, sizes FROM commerce.image_file($1)", image_id)
