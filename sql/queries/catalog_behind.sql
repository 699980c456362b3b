-- Whether a worker goes by an older version of the catalog than is stored; see catalog_known.sql.
-- → behind bool
SELECT EXISTS (
    SELECT FROM pg_locks l
      JOIN pg_database d ON d.oid = l.database AND d.datname = current_database()
      JOIN countersign.catalog_version v ON l.objid::bigint < v.version
     WHERE l.locktype = 'advisory' AND l.classid = 7236846
) AS behind
