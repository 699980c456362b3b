-- The schema, its version, one role a program, and the number that tells a restored database from the old one.
--
-- Every file here runs in one transaction, started by `countersign migrate`, which adds the row of
-- schema_version itself. lock_timeout: a migration gives up rather than stop the signing behind it.

SET LOCAL lock_timeout = '3s';
SET LOCAL client_min_messages = warning;

CREATE SCHEMA countersign;
COMMENT ON SCHEMA countersign IS 'Countersign: petitions, sealed signatures, the outbox and the tally';

-- Whoever migrates owns all of it. Without this line every new function could be called by everybody.
ALTER DEFAULT PRIVILEGES REVOKE EXECUTE ON FUNCTIONS FROM PUBLIC;

CREATE TABLE countersign.schema_version (
    version    integer     PRIMARY KEY CHECK (version > 0),
    name       text        NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now(),
    works_from integer     NOT NULL CHECK (works_from BETWEEN 1 AND version)
);
COMMENT ON TABLE  countersign.schema_version IS 'One row a migration that has been applied';
COMMENT ON COLUMN countersign.schema_version.version IS 'The number at the head of the file''s name';
COMMENT ON COLUMN countersign.schema_version.name IS 'The rest of the file''s name, without .sql';
COMMENT ON COLUMN countersign.schema_version.applied_at IS 'When it was applied';
COMMENT ON COLUMN countersign.schema_version.works_from IS 'Programs that know the schema up to this number or a higher one still work with this migration';

-- Roles belong to the cluster: another database may have made them already. A role that an administrator made
-- is used as it is; if we may not change its settings, that is a warning and no fault.
DO $$
DECLARE
    v record;
BEGIN
    FOR v IN
        SELECT * FROM (VALUES
            ('countersign_worker',   'statement_timeout', '5s'),
            ('countersign_worker',   'lock_timeout', '2s'),
            ('countersign_worker',   'idle_in_transaction_session_timeout', '5s'),
            ('countersign_mailer',   'statement_timeout', '30s'),
            ('countersign_mailer',   'lock_timeout', '5s'),
            ('countersign_mailer',   'idle_in_transaction_session_timeout', '60s'),
            ('countersign_office',   'statement_timeout', '30s'),
            ('countersign_office',   'lock_timeout', '5s'),
            ('countersign_office',   'idle_in_transaction_session_timeout', '60s'),
            ('countersign_operator', 'lock_timeout', '10s'),
            ('countersign_operator', 'idle_in_transaction_session_timeout', '10min'),
            -- The statements of a batch look expensive to the planner, and compiling one takes longer than running it.
            ('countersign_worker',   'jit', 'off'),
            ('countersign_mailer',   'jit', 'off'),
            ('countersign_office',   'jit', 'off'),
            ('countersign_operator', 'jit', 'off')
        ) AS t(role, setting, value)
    LOOP
        IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = v.role) THEN
            EXECUTE format('CREATE ROLE %I LOGIN', v.role);
        END IF;
        BEGIN
            EXECUTE format('ALTER ROLE %I IN DATABASE %I SET %I = %L',
                           v.role, current_database(), v.setting, v.value);
        EXCEPTION WHEN insufficient_privilege THEN
            RAISE WARNING 'role % is not ours to change: set % = % yourself', v.role, v.setting, v.value;
        END;
    END LOOP;
END
$$;

GRANT USAGE ON SCHEMA countersign
   TO countersign_worker, countersign_mailer, countersign_office, countersign_operator;
GRANT SELECT ON countersign.schema_version
   TO countersign_worker, countersign_mailer, countersign_office, countersign_operator;

CREATE TABLE countersign.instance (
    only_row          boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    number            bigint      NOT NULL DEFAULT 1 CHECK (number BETWEEN 1 AND 2097151),
    system_identifier bigint      NOT NULL,
    database_oid      oid         NOT NULL,
    changed_at        timestamptz NOT NULL DEFAULT now(),
    timeline          bigint      NOT NULL,
    table_oid         oid         NOT NULL,
    mail_number       bigint      NOT NULL DEFAULT 1
);
COMMENT ON TABLE  countersign.instance IS 'One row: where this database believes to live, and how often it has moved';
COMMENT ON COLUMN countersign.instance.only_row IS 'Keeps it one row';
COMMENT ON COLUMN countersign.instance.number IS 'Grows by one whenever the database is found elsewhere or at an earlier moment (restored); below 2^21';
COMMENT ON COLUMN countersign.instance.system_identifier IS 'pg_control_system() of the cluster that it was last seen in';
COMMENT ON COLUMN countersign.instance.database_oid IS 'The database''s oid when it was last seen';
COMMENT ON COLUMN countersign.instance.changed_at IS 'When the number last grew';
COMMENT ON COLUMN countersign.instance.timeline IS 'PostgreSQL''s timeline when it was last seen';
COMMENT ON COLUMN countersign.instance.table_oid IS 'This table''s oid when it was last seen: a dump that is restored in place makes another table';
COMMENT ON COLUMN countersign.instance.mail_number IS 'For which number the outbox has been looked through: what was owed when a lower one ended is held (mail_hold)';

INSERT INTO countersign.instance (system_identifier, database_oid, timeline, table_oid)
SELECT c.system_identifier, d.oid, ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint,
       'countersign.instance'::regclass
  FROM pg_control_system() c, pg_database d
 WHERE d.datname = current_database();

-- PostgreSQL was told to stop at a moment of its archive. What told it so stays in its configuration, so this asks only
-- when the timeline has changed: a standby that is promoted has lost nothing, as a rule, and was told no such thing.
CREATE FUNCTION countersign.was_set_back() RETURNS boolean
LANGUAGE sql STABLE SET search_path = countersign, pg_temp AS $$
    SELECT EXISTS (
        SELECT FROM unnest('{recovery_target,recovery_target_time,recovery_target_name,recovery_target_xid,recovery_target_lsn,
                             countersign.restored}'::text[]) AS s(name)
         WHERE coalesce(current_setting(s.name, true), '') <> '')
$$;
COMMENT ON FUNCTION countersign.was_set_back() IS
    'Inside generation: the server''s configuration says that it was restored to a moment. countersign.restored is ours to say so';

-- Only a primary can answer: a replica taken for one by mistake fails here, with 55000. Numbers that were given away after
-- the moment that was restored are in exports and lists of reviewers: they are not given to others.
CREATE FUNCTION countersign.generation() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
DECLARE
    v_system   bigint := (SELECT c.system_identifier FROM pg_control_system() c);
    v_database oid    := (SELECT d.oid FROM pg_database d WHERE d.datname = current_database());
    v_timeline bigint := ('x' || substr(pg_walfile_name(pg_current_wal_insert_lsn()), 1, 8))::bit(32)::bigint;
    v_number   bigint;
    v_moved    boolean;
BEGIN
    SELECT i.number INTO v_number
      FROM instance i
     WHERE i.system_identifier = v_system AND i.database_oid = v_database AND i.table_oid = 'instance'::regclass
       AND i.timeline = v_timeline;
    IF NOT FOUND THEN
        SELECT i.system_identifier <> v_system OR i.database_oid <> v_database OR i.table_oid <> 'instance'::regclass
               OR was_set_back() INTO STRICT v_moved
          FROM instance i;
        UPDATE instance i
           SET number = i.number + v_moved::integer, system_identifier = v_system, database_oid = v_database,
               table_oid = 'instance'::regclass, timeline = v_timeline,
               changed_at = CASE WHEN v_moved THEN now() ELSE i.changed_at END
         WHERE (i.system_identifier, i.database_oid, i.table_oid, i.timeline)
               IS DISTINCT FROM (v_system, v_database, 'instance'::regclass::oid, v_timeline);
        IF FOUND AND v_moved THEN
            PERFORM setval('signature_id_seq', (SELECT s.last_value + 1048576 FROM signature_id_seq s)),
                    setval('shown_words', (SELECT s.last_value + 1048576 FROM shown_words s));
        END IF;
        SELECT i.number INTO STRICT v_number FROM instance i;
    END IF;
    RETURN v_number << 32 | v_timeline;
END
$$;
COMMENT ON FUNCTION countersign.generation() IS
    'Grows when PostgreSQL is promoted (timeline) or restored, from a dump or to a moment (number): number << 32 | timeline, below 2^53';
GRANT EXECUTE ON FUNCTION countersign.generation() TO countersign_worker, countersign_operator;

CREATE FUNCTION countersign.generation_bump() RETURNS bigint
LANGUAGE plpgsql VOLATILE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    PERFORM generation();
    UPDATE instance i SET number = i.number + 1, changed_at = now();
    RETURN generation();
END
$$;
COMMENT ON FUNCTION countersign.generation_bump() IS
    'For what PostgreSQL cannot see, such as a volume that was set back to a snapshot: makes the present counts the newer ones';
GRANT EXECUTE ON FUNCTION countersign.generation_bump() TO countersign_operator;
