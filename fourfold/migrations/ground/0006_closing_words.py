"""Functions for what a transaction writes last: each takes all of it as one document."""

from fourfold.migrations.tables import script

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Makes the functions that write events and keep an answer under its key."""
    script("""
CREATE FUNCTION ground.write_events(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ground.event (tenant_id, id, type, subject, at, actor, request_id, data)
  SELECT (told ->> 'tenant_id')::uuid, e.id, e.type, e.subject, (told ->> 'at')::timestamptz, told ->> 'actor',
         told ->> 'request_id', e.data
  FROM ROWS FROM (jsonb_to_recordset(told -> 'events') AS (id uuid, type text, subject text, data jsonb))
       WITH ORDINALITY AS e (id, type, subject, data, n)
  ORDER BY e.n;
END $$;

CREATE FUNCTION ground.keep_answer(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  UPDATE ground.idempotency
  SET status = (told ->> 'status')::integer, headers = told -> 'headers', body = decode(told ->> 'body', 'base64')
  WHERE tenant_id = (told ->> 'tenant_id')::uuid AND principal = told ->> 'principal' AND route = told ->> 'route'
    AND key = told ->> 'key';
END $$;
""")


def downgrade() -> None:
    """Drops the functions."""
    script("DROP FUNCTION ground.write_events(jsonb); DROP FUNCTION ground.keep_answer(jsonb)")
