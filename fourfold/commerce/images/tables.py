"""How pictures are kept: a row for each, with the files in the object storage."""

from datetime import datetime
from typing import Any
from uuid import UUID

from fourfold.ground.db import Connection


async def insert_image(
    db: Connection, tenant_id: UUID, image_id: UUID, product_id: UUID, variant_id: UUID | None, alt: str, key: str,
    content_type: str, width: int, height: int, now: datetime,
) -> None:  # fmt: skip
    """Adds an uploaded picture behind the others, to be made smaller."""
    await db.execute(
        "INSERT INTO commerce.product_image (tenant_id, id, product_id, variant_id, position, alt, key, content_type,"
        " width, height, status, created_at) SELECT $1, $2, $3, $4, coalesce(max(i.position), 0) + 1, $5, $6, $7,"
        " $8, $9, 'processing', $10 FROM commerce.product_image i WHERE i.product_id = $3",
        tenant_id, image_id, product_id, variant_id, alt, key, content_type, width, height, now,
    )  # fmt: skip


async def finish_image(db: Connection, image_id: UUID, sizes: dict[str, Any]) -> UUID | None:
    """Notes the smaller files; gives the product, None when the picture is gone."""
    product_id: UUID | None = await db.fetchval(
        "UPDATE commerce.product_image SET status = 'done', sizes = $2, version = version + 1 WHERE id = $1"
        " RETURNING product_id",
        image_id, sizes,
    )  # fmt: skip
    return product_id


async def fail_image(db: Connection, image_id: UUID, error: str) -> None:
    """Notes that the file is no picture after all."""
    await db.execute(
        "UPDATE commerce.product_image SET status = 'failed', error = $2, version = version + 1 WHERE id = $1",
        image_id, error,
    )  # fmt: skip


async def update_image(db: Connection, image_id: UUID, changes: dict[str, Any]) -> None:
    """Sets any of alt, position, variant_id."""
    sets = "".join(f", {name} = ${at}" for at, name in enumerate(changes, 2))
    await db.execute(
        f"UPDATE commerce.product_image SET version = version + 1{sets} WHERE id = $1", image_id, *changes.values()
    )


async def make_room(db: Connection, product_id: UUID, position: int, image_id: UUID) -> None:
    """Moves the product's other pictures at or behind a place one place back."""
    await db.execute(
        "UPDATE commerce.product_image SET position = position + 1"
        " WHERE product_id = $1 AND position >= $2 AND id <> $3",
        product_id, position, image_id,
    )  # fmt: skip


async def delete_image(db: Connection, image_id: UUID) -> None:
    """Removes a picture's row."""
    await db.execute("DELETE FROM commerce.product_image WHERE id = $1", image_id)
