-- Statistics for `signature` before its first row.
--
-- Without any, the planner guesses that a petition has one of 200 rows; of the few that it sees in an empty table that is one,
-- and both indexes look as cheap for (petition_id, id). PostgreSQL 17 then takes (petition_id, email_hash), and walks all
-- signatures of a petition for each. What 0003 says of petition_id (n_distinct = 1) is believed once the table is analysed, and
-- an empty one cannot be. So it is analysed with a row that nobody signed; TRUNCATE keeps the statistics, and forgets the size.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

DO $$
BEGIN
    IF EXISTS (SELECT FROM countersign.signature) THEN
        RETURN; -- it will be, or has been, analysed as it is
    END IF;
    LOCK TABLE countersign.signature IN ACCESS EXCLUSIVE MODE;
    IF NOT EXISTS (SELECT FROM countersign.signature) THEN
        INSERT INTO countersign.signature (epoch, signed_at, changed_at, petition_id, text_version, index_key, state, email_hash, request_id, sealed)
        VALUES (0, now(), now(), 0, 1, 1, 0, decode(repeat('00', 16), 'hex'), '\x00', '\x00');
        ANALYZE countersign.signature;
        TRUNCATE countersign.signature RESTART IDENTITY;
    END IF;
END
$$;
