"""Files, the parts of those that are still being sent, pictures of people, and how much a tenant stores."""

from alembic import op

from fourfold.migrations.tables import tenant_table

revision = "0007"
down_revision = "0006"
IRREVERSIBLE = "Its tables hold what people have uploaded."


def upgrade() -> None:
    """Makes the tables of files and uploads."""
    tenant_table(
        "core.file",
        """id uuid NOT NULL, owner_id uuid NOT NULL, purpose text NOT NULL CHECK (purpose IN ('file', 'avatar')),
        name text NOT NULL, content_type text NOT NULL, size bigint NOT NULL CHECK (size >= 0), sha256 text,
        public boolean NOT NULL DEFAULT false, width integer, height integer,
        status text NOT NULL CHECK (status IN ('storing', 'composing', 'ready')), key text NOT NULL,
        variants jsonb NOT NULL DEFAULT '{}',
        variants_status text CHECK (variants_status IN ('making', 'made', 'failed')),
        created_at timestamptz NOT NULL, ready_at timestamptz""",
    )
    op.execute("CREATE INDEX file_of_owner ON core.file (tenant_id, owner_id, id DESC)")
    op.execute("CREATE INDEX file_storing ON core.file (tenant_id, created_at) WHERE status = 'storing'")
    tenant_table(
        "core.avatar",
        """account_id uuid NOT NULL, file_id uuid NOT NULL,
        FOREIGN KEY (tenant_id, file_id) REFERENCES core.file (tenant_id, id) ON DELETE CASCADE""",
        key="account_id",
    )
    op.execute("CREATE INDEX avatar_of_file ON core.avatar (tenant_id, file_id)")
    tenant_table("core.storage_use", "bytes bigint NOT NULL CHECK (bytes >= 0)", key="")
    tenant_table(
        "core.upload",
        """id uuid NOT NULL, owner_id uuid NOT NULL, name text NOT NULL, content_type text NOT NULL,
        public boolean NOT NULL, size bigint NOT NULL CHECK (size > 0),
        position bigint NOT NULL DEFAULT 0 CHECK (position BETWEEN 0 AND size),
        status text NOT NULL DEFAULT 'open' CHECK (status IN ('open', 'finished')),
        created_at timestamptz NOT NULL, expires_at timestamptz NOT NULL""",
    )
    op.execute("CREATE INDEX upload_by_expiry ON core.upload (tenant_id, expires_at)")
    tenant_table(
        "core.upload_part",
        """upload_id uuid NOT NULL, start bigint NOT NULL, size bigint NOT NULL, key text NOT NULL,
        FOREIGN KEY (tenant_id, upload_id) REFERENCES core.upload (tenant_id, id) ON DELETE CASCADE""",
        key="upload_id, start",
    )
