"""Generations: what tells that answers kept in the cache are of before a change."""

from fourfold.migrations.tables import script, tenant_table

revision = "0008"
down_revision = "0007"


def upgrade() -> None:
    """Makes the table, and the function that travels with COMMIT; a generation never comes again."""
    tenant_table(
        "ground.generation",
        "subject text NOT NULL, generation uuid NOT NULL",
        key="subject",
    )
    script("""
ALTER TABLE ground.generation SET (fillfactor = 50);
CREATE FUNCTION ground.turn_generations(told jsonb) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO ground.generation AS g (tenant_id, subject, generation)
  SELECT (told ->> 'tenant_id')::uuid, s.subject, gen_random_uuid()
  FROM jsonb_array_elements_text(told -> 'subjects') AS s (subject) ORDER BY s.subject
  ON CONFLICT (tenant_id, subject) DO UPDATE SET generation = excluded.generation;
END $$;
""")


def downgrade() -> None:
    """Drops both; without generations nothing that is kept is found again."""
    script("DROP FUNCTION ground.turn_generations(jsonb); DROP TABLE ground.generation")
