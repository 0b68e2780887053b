"""Finding a picture's files by its id alone, for browsers, which cannot say which tenant they mean."""

from alembic import op

from fourfold.migrations.tables import SEARCH, drop_index, search_function

revision = "0050"
down_revision = "0045"

FILE = """
CREATE FUNCTION commerce.image_file(asked uuid) RETURNS TABLE (tenant_id uuid, sizes jsonb)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $body$
    SELECT i.tenant_id, i.sizes FROM commerce.product_image i WHERE i.id = asked AND i.status = 'done'
$body$
"""


def upgrade() -> None:
    """Makes the function, and the index that it reads."""
    op.execute("CREATE INDEX image_by_id ON commerce.product_image (id)")
    op.execute(f"GRANT SELECT ON commerce.product_image TO {SEARCH}")
    search_function("commerce.image_file(uuid)", FILE)


def downgrade() -> None:
    """Drops the function and its index."""
    op.execute("DROP FUNCTION commerce.image_file(uuid)")
    op.execute(f"REVOKE SELECT ON commerce.product_image FROM {SEARCH}")
    drop_index("commerce.image_by_id")
