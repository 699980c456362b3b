-- The count. Whoever changes what counts adds here in the same transaction, so that the sum of the slots equals
-- the table in every snapshot. Nothing else writes these tables, and nothing ever writes an absolute number.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.tally (
    n           bigint      NOT NULL,
    version     bigint      NOT NULL,
    changed_at  timestamptz NOT NULL,
    petition_id integer     NOT NULL,
    slot        smallint    NOT NULL CHECK (slot BETWEEN 0 AND 15),
    PRIMARY KEY (petition_id, slot)
) WITH (fillfactor = 10);
COMMENT ON TABLE  countersign.tally IS 'What counts, by writing process. Pages are nearly empty, so that updates stay on them (HOT)';
COMMENT ON COLUMN countersign.tally.n IS 'Signatures added less those taken away in this slot; may be negative, only the sum of slots may not';
COMMENT ON COLUMN countersign.tally.version IS 'Grows by one with each transaction that changes the petition''s count in this slot';
COMMENT ON COLUMN countersign.tally.changed_at IS 'When n last changed';
COMMENT ON COLUMN countersign.tally.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.tally.slot IS 'The writer''s number modulo 16; two in one slot are slower, not wrong';

CREATE TABLE countersign.tally_place (
    n           bigint   NOT NULL,
    petition_id integer  NOT NULL,
    slot        smallint NOT NULL,
    country     text     NOT NULL,
    region      text     NOT NULL,
    PRIMARY KEY (petition_id, country, region, slot)
) WITH (fillfactor = 25);
COMMENT ON TABLE  countersign.tally_place IS 'The same by place; sums to tally';
COMMENT ON COLUMN countersign.tally_place.n IS 'As in tally';
COMMENT ON COLUMN countersign.tally_place.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.tally_place.slot IS 'As in tally';
COMMENT ON COLUMN countersign.tally_place.country IS 'ISO 3166-1; empty: not given';
COMMENT ON COLUMN countersign.tally_place.region IS 'ISO 3166-2; empty: not given';

CREATE TABLE countersign.tally_hour (
    hour        timestamptz NOT NULL,
    n           bigint      NOT NULL,
    petition_id integer     NOT NULL,
    slot        smallint    NOT NULL CHECK (slot BETWEEN 0 AND 15),
    PRIMARY KEY (petition_id, hour, slot)
) WITH (fillfactor = 25);
COMMENT ON TABLE  countersign.tally_hour IS 'The same by the hour in which a signature was counted; sums to tally';
COMMENT ON COLUMN countersign.tally_hour.hour IS 'Start of the hour (UTC) of confirmed_at; what is taken away is taken from that same hour';
COMMENT ON COLUMN countersign.tally_hour.n IS 'As in tally';
COMMENT ON COLUMN countersign.tally_hour.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.tally_hour.slot IS 'As in tally';

CREATE TABLE countersign.tally_referral (
    referral    bigint   NOT NULL,
    n           bigint   NOT NULL,
    petition_id integer  NOT NULL,
    slot        smallint NOT NULL CHECK (slot BETWEEN 0 AND 15),
    PRIMARY KEY (petition_id, referral, slot)
) WITH (fillfactor = 50);
COMMENT ON TABLE  countersign.tally_referral IS 'The rows that count, by who brought them: what is erased is in no referrer''s number. No more rows than signatures that counted, and none holds a stranger''s text';
COMMENT ON COLUMN countersign.tally_referral.referral IS 'Keyed hash of petition and referrer; the key is not in this database';
COMMENT ON COLUMN countersign.tally_referral.n IS 'As in tally';
COMMENT ON COLUMN countersign.tally_referral.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.tally_referral.slot IS 'As in tally';

CREATE FUNCTION countersign.hour_of(a_at timestamptz) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN date_bin('1 hour', a_at, '2000-01-01 00:00:00+00'::timestamptz);
COMMENT ON FUNCTION countersign.hour_of(timestamptz) IS 'Start of the hour in UTC, whatever the session''s time zone';

-- An element of the arrays is a signature; where the petition is null, none. Locks are taken in one order, each table's by its key; which table comes
-- first is the same in every session, since this is the only statement.
CREATE FUNCTION countersign.tally_add(a_slot smallint, a_sign integer, a_petition integer[], a_country text[],
                                      a_region text[], a_confirmed_at timestamptz[])
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    WITH counted AS MATERIALIZED (
        SELECT u.petition_id, coalesce(a_country[u.n], '') AS country, coalesce(a_region[u.n], '') AS region,
               hour_of(a_confirmed_at[u.n]) AS hour
          FROM unnest(a_petition) WITH ORDINALITY AS u(petition_id, n)
         WHERE u.petition_id IS NOT NULL
    ), whole AS (
        INSERT INTO tally AS t (petition_id, slot, n, version, changed_at)
        SELECT c.petition_id, a_slot, a_sign * count(*), 1, clock_timestamp()
          FROM counted c
         GROUP BY c.petition_id
         ORDER BY c.petition_id
            ON CONFLICT (petition_id, slot) DO UPDATE
           SET n = t.n + excluded.n, version = t.version + 1, changed_at = clock_timestamp()
    ), place AS (
        INSERT INTO tally_place AS t (petition_id, slot, country, region, n)
        SELECT c.petition_id, a_slot, c.country, c.region, a_sign * count(*)
          FROM counted c
         GROUP BY c.petition_id, c.country, c.region
         ORDER BY c.petition_id, c.country, c.region
            ON CONFLICT (petition_id, country, region, slot) DO UPDATE SET n = t.n + excluded.n
    )
    INSERT INTO tally_hour AS t (petition_id, slot, hour, n)
    SELECT c.petition_id, a_slot, c.hour, a_sign * count(*)
      FROM counted c
     GROUP BY c.petition_id, c.hour
     ORDER BY c.petition_id, c.hour
        ON CONFLICT (petition_id, hour, slot) DO UPDATE SET n = t.n + excluded.n;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.tally_add(smallint, integer, integer[], text[], text[], timestamptz[]) IS
    'Inside the functions that change what counts: adds (1) or takes away (-1) these signatures';

CREATE FUNCTION countersign.tally_refer(a_slot smallint, a_sign integer, a_petition integer[], a_referral bigint[])
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO tally_referral AS t (petition_id, referral, slot, n)
    SELECT u.petition_id, a_referral[u.n], a_slot, a_sign * count(*)
      FROM unnest(a_petition) WITH ORDINALITY AS u(petition_id, n)
     WHERE u.petition_id IS NOT NULL AND a_referral[u.n] IS NOT NULL
     GROUP BY u.petition_id, a_referral[u.n]
     ORDER BY u.petition_id, a_referral[u.n]
        ON CONFLICT (petition_id, referral, slot) DO UPDATE SET n = t.n + excluded.n;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.tally_refer(smallint, integer, integer[], bigint[]) IS
    'Beside tally_add, and where a row that counted is erased: adds (1) or takes away (-1) these signatures by who brought them';
