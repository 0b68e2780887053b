"""Functions that tell which tenants keep something of their community for a while only."""

from collections.abc import Sequence

from fourfold.migrations.tables import due_function, script

revision = "0014"
down_revision = "0013"

# Settings, and the value at which there is nothing to be done.
KEPT: dict[str, tuple[Sequence[str], str]] = {
    "posts": (("social.keep_posts_days", "social.keep_post_versions_days"), "0"),
    "messages": (("social.keep_messages_days",), "0"),
    "notifications": (("social.keep_notifications_days",), "90"),
}


def _those_who_set(names: Sequence[str], nothing: str) -> str:
    listed = ", ".join(f"'{name}'" for name in names)
    return (
        f"SELECT t.id FROM core.tenant t WHERE EXISTS (SELECT FROM unnest(ARRAY[{listed}]) AS n(name) WHERE coalesce("
        "(SELECT c.chosen -> n.name FROM core.settings c WHERE c.tenant_id = t.id),"
        " (SELECT s.value FROM core.shared_setting s WHERE s.scope = 'plan:' || t.plan AND s.name = n.name),"
        " (SELECT s.value FROM core.shared_setting s WHERE s.scope = 'platform' AND s.name = n.name),"
        f" '{nothing}'::jsonb) <> '{nothing}'::jsonb)"
    )


def upgrade() -> None:
    """Makes the functions."""
    for what, (names, nothing) in KEPT.items():
        tables = "core.tenant, core.settings, core.shared_setting"
        due_function(f"core.tenants_that_keep_{what}_so_long", tables, _those_who_set(names, nothing))


def downgrade() -> None:
    """Drops the functions; what they may read stays granted, since others may lean on it."""
    for what in KEPT:
        script(f"DROP FUNCTION core.tenants_that_keep_{what}_so_long(timestamptz, timestamptz)")
