-- The newest migration that has been applied, and the oldest program, by its own newest migration, that works with all of
-- them. Nulls: none. Fails with 42P01 or 3F000 where there is no schema.
-- → version int4, works_from int4
SELECT max(version), max(works_from) FROM countersign.schema_version
