-- Grows with every change of a petition; LISTEN countersign_catalog tells of it.
-- → version int8
SELECT version FROM countersign.catalog_version
