-- The migrations that this database has, by number. No parameters. 42P01 when there is none at all.
SELECT version::int4, name::text, applied_at
  FROM countersign.schema_version
 ORDER BY version
