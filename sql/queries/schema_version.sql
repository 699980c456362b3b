-- The newest migration that has been applied. No row: none. Fails with 42P01 or 3F000 where there is no schema.
-- → version int4, name text
SELECT version, name FROM countersign.schema_version ORDER BY version DESC LIMIT 1
