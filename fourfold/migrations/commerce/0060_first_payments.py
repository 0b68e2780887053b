"""A function that writes an order's first payment, so that this can travel with the order's COMMIT."""

from fourfold.migrations.tables import script

revision = "0060"
down_revision = "0055"


def upgrade() -> None:
    """Makes the function."""
    script("""
CREATE FUNCTION commerce.write_payment(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO commerce.payment
    (tenant_id, id, order_id, amount, currency, status, provider, client_secret, created_at)
  VALUES ((told ->> 'tenant_id')::uuid, (told ->> 'id')::uuid, (told ->> 'order_id')::uuid,
          (told ->> 'amount')::bigint, told ->> 'currency', 'pending', told ->> 'provider',
          told ->> 'client_secret', (told ->> 'created_at')::timestamptz);
END $$;
""")


def downgrade() -> None:
    """Drops the function."""
    script("DROP FUNCTION commerce.write_payment(jsonb)")
