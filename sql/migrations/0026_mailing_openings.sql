-- How often the links of letters to the list were opened: a number for each letter and link, and nobody's name.
--
-- Not counted are: who only fetches a page (a scanner, a preview of a link), since the page's script says so and not the address;
-- who runs scripts and does nothing, since the script waits for a hand. What is left can be made up by anybody, as all that
-- asks for no proof: it says how a letter fares, not how many people there are. Numbers of letters that few have got would say
-- who it was, so they are not told.
--
-- Locks: mailing_opening_request, then mailing_opening by its key; nothing else.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.mailing_opening (
    opened     bigint  NOT NULL,
    mailing_id integer NOT NULL,
    link       text    NOT NULL,
    PRIMARY KEY (mailing_id, link)
) WITH (fillfactor = 50);
COMMENT ON TABLE  countersign.mailing_opening IS 'How often each link of a letter to the list was opened';
COMMENT ON COLUMN countersign.mailing_opening.opened IS 'How often';
COMMENT ON COLUMN countersign.mailing_opening.mailing_id IS 'The mailing';
COMMENT ON COLUMN countersign.mailing_opening.link IS 'sign, share, or where it was shared: the words are core/letter_ways.c''s';

CREATE TABLE countersign.mailing_opening_request (
    at         timestamptz NOT NULL DEFAULT now(),
    request_id bytea       NOT NULL PRIMARY KEY
);
CREATE INDEX mailing_opening_request_at ON countersign.mailing_opening_request (at);
COMMENT ON TABLE  countersign.mailing_opening_request IS 'Requests of the last hour that were counted, so that none is counted twice; not by whom, nor for what';
COMMENT ON COLUMN countersign.mailing_opening_request.at IS 'When; gone an hour later';
COMMENT ON COLUMN countersign.mailing_opening_request.request_id IS 'Random';

CREATE FUNCTION countersign.mailing_opened(a_mailing integer[], a_link text[], a_request_id bytea[]) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    WITH given AS (
        SELECT DISTINCT ON (u.request_id) u.mailing, u.link, u.request_id
          FROM unnest(a_mailing, a_link, a_request_id) AS u(mailing, link, request_id)
          JOIN mailing m ON m.id = u.mailing AND m.state <> 'draft'
         ORDER BY u.request_id
    ), fresh AS (
        INSERT INTO mailing_opening_request (request_id) SELECT g.request_id FROM given g
            ON CONFLICT DO NOTHING
        RETURNING request_id
    )
    INSERT INTO mailing_opening AS o (mailing_id, link, opened)
    SELECT g.mailing, g.link, count(*) FROM given g JOIN fresh f USING (request_id)
     GROUP BY g.mailing, g.link
     ORDER BY g.mailing, g.link
        ON CONFLICT (mailing_id, link) DO UPDATE SET opened = o.opened + excluded.opened;
    -- More than came: so there are never more than an hour's.
    DELETE FROM mailing_opening_request r
     WHERE r.request_id IN (SELECT x.request_id FROM mailing_opening_request x
                             WHERE x.at < now() - interval '1 hour'
                             ORDER BY x.at LIMIT 10 + 2 * cardinality(a_mailing)
                               FOR UPDATE SKIP LOCKED);
END
$$;
COMMENT ON FUNCTION countersign.mailing_opened(integer[], text[], bytea[]) IS
    'A batch of links of letters to the list that were opened; safe to repeat for an hour';
GRANT EXECUTE ON FUNCTION countersign.mailing_opened(integer[], text[], bytea[]) TO countersign_worker;

CREATE FUNCTION countersign.mailing_openings(a_name text DEFAULT NULL) RETURNS TABLE (name text, opened json)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
    SELECT m.name, CASE WHEN m.sent >= 10
                        THEN (SELECT coalesce(json_object_agg(o.link, o.opened ORDER BY o.opened DESC, o.link), '{}')
                                FROM mailing_opening o WHERE o.mailing_id = m.id) END
      FROM mailing m
     WHERE a_name IS NULL OR m.name = a_name
     ORDER BY m.id
$$;
COMMENT ON FUNCTION countersign.mailing_openings(text) IS
    'How often the links of each letter to the list were opened, by link; null for one that fewer than ten have got';
GRANT EXECUTE ON FUNCTION countersign.mailing_openings(text) TO countersign_operator;
