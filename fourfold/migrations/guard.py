"""The guard: everything in a database by which one tenant could reach another's rows, by name."""

from collections.abc import Sequence

import asyncpg

from fourfold.migrations.tables import APP, OWNER, SEARCH, WORKER

# Tables that belong to no tenant.
PLATFORM = (
    "business.migration", "business.spool",
    "core.deletion", "core.host", "core.migration", "core.shared_setting", "core.signing_key", "core.tenant",
    "commerce.migration", "ground.migration",
    "ground.pgqueuer", "ground.pgqueuer_log", "ground.pgqueuer_schedules", "ground.pgqueuer_statistics",
    "ground.revocation", "ground.schedule",
)  # fmt: skip
# Queues that the worker empties for all tenants at once.
QUEUES = ("core.audit_waiting", "ground.event", "ground.inbox", "ground.job", "ground.parked")
# What runs with the owner's rights: it is held to row-level security, and to tenants that are being erased.
OWNERS_FUNCTIONS = ("core.erase_rows(regclass,integer)",)
# Indexes that are not led by the tenant: those of the queues, pictures by their address, which names no tenant, and
# words that hold their tenant themselves.
OTHER_INDEXES = (
    "commerce.image_by_id", "commerce.listing_words", "ground.event_unsettled", "ground.event_waiting",
)  # fmt: skip

_RULE = (
    "(tenant_id = ( SELECT (NULLIF(current_setting(''fourfold.tenant''::text, true), ''''::text))::uuid AS \"nullif\"))"
)

# Each statement gives sentences; $1 to $3 are the three lists above.
_LISTED = """
WITH lists AS (SELECT $1::text[] AS platform, $2::text[] AS queues, $3::text[] AS other_indexes),
relation AS (
  SELECT c.*, n.nspname || '.' || c.relname AS name, a.attnum AS tenant, a.attnotnull, a.atttypid
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id' AND NOT a.attisdropped
  WHERE n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema' AND c.relpersistence <> 't'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.deptype = 'e')
),
kept AS (SELECT * FROM relation WHERE relkind IN ('r', 'p')),
owned AS (SELECT * FROM kept WHERE tenant IS NOT NULL)
"""

_TABLES = f"""{_LISTED}
SELECT format('table %s has no tenant_id and is not listed as a platform table', name)
FROM kept, lists WHERE tenant IS NULL AND name <> ALL (platform)
UNION ALL SELECT format('table %s: tenant_id is not a uuid NOT NULL', name)
FROM owned WHERE NOT attnotnull OR atttypid <> 'uuid'::regtype
UNION ALL SELECT format('table %s does not enable and force row-level security', name)
FROM owned WHERE NOT (relrowsecurity AND relforcerowsecurity)
UNION ALL SELECT format('table %s has no policy that names the tenant', name)
FROM owned WHERE NOT EXISTS (
  SELECT FROM pg_policy p WHERE p.polrelid = owned.oid AND p.polname = 'tenant' AND p.polpermissive AND p.polcmd = '*'
    AND pg_get_expr(p.polqual, p.polrelid) = '{_RULE}' AND pg_get_expr(p.polwithcheck, p.polrelid) = '{_RULE}')
UNION ALL SELECT format('policy %s on %s opens more than the tenant''s rows', p.polname, name)
FROM owned JOIN pg_policy p ON p.polrelid = owned.oid, lists
WHERE p.polpermissive AND p.polname <> 'tenant'
  AND NOT (p.polname = 'worker_sees_all' AND name = ANY (queues) AND p.polroles::regrole[]::text[] = '{{{WORKER}}}')
UNION ALL SELECT format('table %s belongs to %s', name, relowner::regrole)
FROM owned WHERE relowner::regrole::text IN ('{APP}', '{WORKER}')
UNION ALL SELECT format('%s on %s is granted to %s', g.privilege_type, name, coalesce(r.rolname, 'everybody'))
FROM owned, aclexplode(relacl) g LEFT JOIN pg_roles r ON r.oid = g.grantee
WHERE g.grantee = 0
   OR r.rolname IN ('{APP}', '{WORKER}') AND g.privilege_type NOT IN ('SELECT', 'INSERT', 'UPDATE', 'DELETE')
UNION ALL SELECT format('%s %s is not a kind that row-level security protects',
                        CASE relkind WHEN 'm' THEN 'materialised view' ELSE 'foreign table' END, name)
FROM relation WHERE relkind IN ('m', 'f')
UNION ALL SELECT format('view %s does not look with the rights of its caller', name)
FROM relation WHERE relkind = 'v'
  AND NOT coalesce(reloptions::text[] && '{{security_invoker=true,security_invoker=on}}', false)
"""

_KEYS = f"""{_LISTED}
SELECT format('%s %s is not led by tenant_id', CASE WHEN x.indisunique THEN 'unique index' ELSE 'index' END,
              i.relnamespace::regnamespace || '.' || i.relname)
FROM owned JOIN pg_index x ON x.indrelid = owned.oid JOIN pg_class i ON i.oid = x.indexrelid, lists
WHERE x.indkey[0] <> tenant
  AND (x.indisunique OR i.relnamespace::regnamespace || '.' || i.relname <> ALL (other_indexes))
UNION ALL SELECT format('table %s has no primary key', name)
FROM owned WHERE NOT EXISTS (SELECT FROM pg_index x WHERE x.indrelid = owned.oid AND x.indisprimary)
UNION ALL SELECT format('foreign key %s of %s can reach another tenant''s row', k.conname, owned.name)
FROM owned JOIN pg_constraint k ON k.conrelid = owned.oid AND k.contype = 'f'
JOIN owned other ON other.oid = k.confrelid
WHERE array_position(k.conkey, owned.tenant) IS NULL
   OR k.confkey[array_position(k.conkey, owned.tenant)] <> other.tenant
"""

_FUNCTIONS = f"""
WITH definer AS (
  SELECT p.oid::regprocedure AS name, p.proowner::regrole::text AS owner, p.proacl, p.proconfig
  FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
  WHERE p.prosecdef AND n.nspname NOT LIKE 'pg\\_%' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = p.oid AND d.deptype = 'e')
)
SELECT format('function %s runs with the rights of %s', name, owner) FROM definer
WHERE owner <> '{SEARCH}' AND NOT (owner = '{OWNER}' AND name::text = ANY ($1::text[]))
UNION ALL SELECT format('function %s may be executed by everybody', name) FROM definer
WHERE proacl IS NULL OR EXISTS (SELECT FROM aclexplode(proacl) g WHERE g.grantee = 0)
UNION ALL SELECT format('function %s does not fix its search_path', name) FROM definer
WHERE NOT EXISTS (SELECT FROM unnest(proconfig) s WHERE s LIKE 'search\\_path=%')
"""

_ROLES = f"""
SELECT format('role %s sees every tenant''s rows', rolname) FROM pg_roles
WHERE rolname IN ('{APP}', '{WORKER}', '{OWNER}') AND (rolsuper OR rolbypassrls)
UNION ALL SELECT format('role %s may do more than look up', rolname) FROM pg_roles
WHERE rolname = '{SEARCH}' AND (rolsuper OR rolcanlogin)
UNION ALL SELECT format('role %s may become %s', m.rolname, g.rolname)
FROM pg_roles m, pg_roles g
WHERE m.rolname IN ('{APP}', '{WORKER}') AND m.oid <> g.oid AND NOT m.rolsuper
  AND (g.rolsuper OR g.rolbypassrls OR g.rolname = '{OWNER}') AND pg_has_role(m.oid, g.oid, 'MEMBER')
"""


async def unsafe_objects(connection: asyncpg.Connection) -> Sequence[str]:
    """A sentence for each object that would let tenants reach each other's rows; none when all is well.

    The connection's role must be able to read the catalogue, which every role is.
    """
    lists = (PLATFORM, QUEUES, OTHER_INDEXES)
    found: list[str] = []
    for statement, arguments in ((_TABLES, lists), (_KEYS, lists), (_FUNCTIONS, (OWNERS_FUNCTIONS,)), (_ROLES, ())):
        found += [row[0] for row in await connection.fetch(statement, *arguments)]
    return sorted(found)
