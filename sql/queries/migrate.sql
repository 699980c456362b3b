-- One migration, with its row of schema_version. All of it is sent as one message, and so is one transaction by
-- itself: a connection that is lost can never leave the second half to run alone.
-- Not prepared; what stands behind a colon is filled in: wait_ms for another that migrates, lock_ms for the lock of a
-- table, statement_ms, each at most; version, name and the text of the migration
-- A migration that older programs work with says so by SET LOCAL countersign.works_from = 'N'; else it is its own number.
-- → 55P03 a lock was not given; CS100 another program has applied it while this one waited
SET LOCAL statement_timeout = :statement_ms;
SET LOCAL lock_timeout = :wait_ms;
SELECT pg_advisory_xact_lock(1668507502);
SET LOCAL lock_timeout = :lock_ms;
DO $guard$
BEGIN
    IF to_regclass('countersign.schema_version') IS NOT NULL THEN
        IF EXISTS (SELECT FROM countersign.schema_version WHERE version = :version) THEN
            RAISE EXCEPTION 'applied already' USING ERRCODE = 'CS100';
        END IF;
    END IF;
END
$guard$;
:migration
;
INSERT INTO countersign.schema_version (version, name, works_from)
VALUES (:version, ':name', coalesce(nullif(current_setting('countersign.works_from', true), '')::integer, :version))
    ON CONFLICT (version) DO NOTHING;
