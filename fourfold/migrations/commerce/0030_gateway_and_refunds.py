"""Money set aside at the gateway before it is taken, and who bears a refund."""

from alembic import op

revision = "0030"
down_revision = "0020"
IRREVERSIBLE = "Charges that are authorized, and who bears a refund, fit no older shape."


def upgrade() -> None:
    """Lets a charge be authorized, gives each its method of answering, and adds to refunds their parts and failures."""
    op.execute("ALTER TABLE commerce.gateway_charge DROP CONSTRAINT gateway_charge_status_check")
    op.execute(
        "ALTER TABLE commerce.gateway_charge ADD CONSTRAINT gateway_charge_status_check"
        " CHECK (status IN ('pending', 'authorized', 'succeeded', 'failed', 'voided'))"
    )
    op.execute("ALTER TABLE commerce.refund ADD COLUMN parts jsonb NOT NULL DEFAULT '[]', ADD COLUMN failure_code text")
