-- All migrations that have been applied.
-- → version int4, name text, applied_at timestamptz
SELECT version, name, applied_at FROM countersign.schema_version ORDER BY version
