"""A function that takes an idempotency key, so that this can travel with BEGIN."""

from fourfold.migrations.tables import script

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Makes the function; it raises FF001 when the key was taken before."""
    script("""
CREATE FUNCTION ground.claim_key(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ground.idempotency (tenant_id, principal, route, key, request_hash, created_at)
  VALUES ((told ->> 'tenant_id')::uuid, told ->> 'principal', told ->> 'route', told ->> 'key',
          decode(told ->> 'request_hash', 'hex'), (told ->> 'at')::timestamptz)
  ON CONFLICT DO NOTHING;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'the key was taken before' USING ERRCODE = 'FF001';
  END IF;
END $$;
""")


def downgrade() -> None:
    """Drops the function."""
    script("DROP FUNCTION ground.claim_key(jsonb)")
