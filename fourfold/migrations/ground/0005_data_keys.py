"""The keys that seal fields: one line of them for each tenant."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0005"
down_revision = "0004"
IRREVERSIBLE = "Without its keys no sealed field could be opened again."


def upgrade() -> None:
    """Makes the table of wrapped data keys; a retired key keeps its row and loses its bytes.

    `made_by` tells a reader whether a key that it sees might still be rolled back with its own transaction.
    """
    tenant_table(
        "ground.data_key",
        """id uuid NOT NULL, purpose text NOT NULL CHECK (purpose IN ('seal', 'find')), wrapped bytea,
        kek text NOT NULL, made_by xid8 NOT NULL DEFAULT pg_current_xact_id(), created_at timestamptz NOT NULL,
        replaced_at timestamptz, retired_at timestamptz, CHECK ((wrapped IS NULL) = (retired_at IS NOT NULL)),
        CHECK (retired_at IS NULL OR replaced_at IS NOT NULL)""",
    )
    op.execute("CREATE UNIQUE INDEX data_key_current ON ground.data_key (tenant_id, purpose) WHERE replaced_at IS NULL")
