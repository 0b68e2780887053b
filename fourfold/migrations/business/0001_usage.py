"""Requests by hour, by month, and how far the files are read that they come from."""

from fourfold.migrations.tables import platform_table, tenant_table

revision = "0001"
down_revision = None
IRREVERSIBLE = "Its tables hold the usage that tenants are billed by."


def upgrade() -> None:
    """Makes the tables of usage."""
    tenant_table(
        "business.usage",
        """hour timestamptz NOT NULL, account_id uuid NOT NULL, key_id uuid NOT NULL, method text NOT NULL,
        route text NOT NULL, status smallint NOT NULL, version text NOT NULL, requests bigint NOT NULL,
        micros bigint NOT NULL, slowest bigint NOT NULL""",
        key="hour, account_id, key_id, method, route, status",
    )
    tenant_table(
        "business.month_usage",
        "month date NOT NULL, key_id uuid NOT NULL, requests bigint NOT NULL",
        key="month, key_id",
    )
    platform_table("business.spool", "name text PRIMARY KEY, done bigint NOT NULL")
