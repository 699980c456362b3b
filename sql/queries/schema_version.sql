-- The highest migration that this database has. No parameters. 42P01 when there is none at all.
SELECT coalesce(max(version), 0)::int4
  FROM countersign.schema_version
