-- The steps of sign() that are statements of their own.

SET LOCAL lock_timeout = '3s';

-- Rows that were there already. A request that has been here before is known by the row's request_id, or, if
-- another came after it, by the token of its letter.
-- Nested loops over unique indexes only: a session plans this once, perhaps while the tables are empty, and keeps
-- the plan when they hold millions. They are joined as written (join_collapse_limit), petition last: joined before,
-- its id alone would find the rows of signature, all of a petition's, which is cheap as long as there are few.
--
-- The lock reads the newest row, but the UPDATE is first tried, and its constraints checked, with the row of the
-- statement's snapshot. So state and confirmed_at are made from what the lock has read, never from s.
CREATE FUNCTION countersign.sign_again(
    a_again boolean[], a_petition integer[], a_email_hash bytea[], a_request_id bytea[], a_index_key smallint[],
    a_epoch bigint[], a_sealed bytea[], a_token_bucket integer[], a_token_hash bytea[], a_country text[],
    a_region text[], a_mailable boolean[], a_referral bigint[])
RETURNS TABLE (n integer, id bigint, life smallint, kind smallint, kept boolean, country text, region text,
               referral bigint)
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off SET join_collapse_limit = 1 AS $$
#variable_conflict use_column
BEGIN
    RETURN QUERY
    WITH found AS MATERIALIZED (
        SELECT r.*, s.id, s.state AS was, s.confirmed_at, p.text_version,
               (s.state = 1 OR p.confirmation = 'none' AND r.mailable)::integer::smallint AS becomes
          FROM unnest(a_again, a_petition, a_email_hash, a_request_id, a_index_key, a_epoch, a_sealed,
                      a_token_bucket, a_token_hash, a_country, a_region, a_mailable) WITH ORDINALITY
               AS r(again, petition_id, email_hash, request_id, index_key, epoch, sealed,
                    token_bucket, token_hash, country, region, mailable, n)
          JOIN signature s ON s.petition_id = r.petition_id AND s.email_hash = r.email_hash
          JOIN petition p ON p.id = r.petition_id
         WHERE r.again AND s.state <> 3 AND s.request_id <> r.request_id
           AND NOT EXISTS (SELECT FROM letter l
                            WHERE l.token_bucket = r.token_bucket AND l.token_hash = r.token_hash)
           AND NOT EXISTS (SELECT FROM disavowal d
                            WHERE d.petition_id = s.petition_id AND d.email_hash = s.email_hash)
         ORDER BY s.petition_id, s.email_hash
           FOR UPDATE OF s
    ), moved AS (
        UPDATE signature s
           SET request_id   = f.request_id,
               state        = f.becomes,
               changed_at   = CASE WHEN f.was = 1 THEN s.changed_at ELSE now() END,
               confirmed_at = CASE WHEN f.was = 1 THEN f.confirmed_at WHEN f.becomes = 1 THEN now() END,
               life         = CASE WHEN f.was = 2 THEN s.life + 1 ELSE s.life END,
               signed_at    = CASE WHEN f.was = 2 THEN now() ELSE s.signed_at END,
               text_version = CASE WHEN f.was = 2 THEN f.text_version ELSE s.text_version END,
               index_key    = CASE WHEN f.was = 2 THEN f.index_key ELSE s.index_key END,
               epoch        = CASE WHEN f.was = 2 THEN f.epoch ELSE s.epoch END,
               sealed       = CASE WHEN f.was = 2 THEN f.sealed ELSE s.sealed END,
               country      = CASE WHEN f.was = 2 THEN coalesce(f.country, '') ELSE s.country END,
               region       = CASE WHEN f.was = 2 THEN coalesce(f.region, '') ELSE s.region END,
               referral     = CASE WHEN f.was = 2 THEN a_referral[f.n] ELSE s.referral END
          FROM found f
         WHERE s.petition_id = f.petition_id AND s.id = f.id
        RETURNING f.n, s.id, s.life, f.was, f.becomes, f.mailable, s.petition_id, s.country, s.region, s.referral
    ), seen AS (
        UPDATE shown h SET shown_at = now()
          FROM moved m
         WHERE m.was = 0 AND m.becomes = 1 AND h.petition_id = m.petition_id AND h.signature_id = m.id
    )
    SELECT m.n::integer, m.id, m.life,
           CASE WHEN NOT m.mailable THEN 0 WHEN m.was = 1 THEN 3 ELSE m.becomes + 1 END::smallint,
           m.was <> 2, m.country, m.region, m.referral
      FROM moved m;
END
$$;
COMMENT ON FUNCTION countersign.sign_again(boolean[], integer[], bytea[], bytea[], smallint[], bigint[], bytea[],
                                           integer[], bytea[], text[], text[], boolean[], bigint[]) IS
    'Inside sign: what a signing does where the address has signed before; nothing if by this same request';

-- Letters to those who have signed before, in the transaction that moved their rows. The arrays stand as in sign():
-- a_kind is 0 where no letter is owed. The first letter about a petition is not asked for here, and counts as one of
-- the day's: who signs for somebody else again and again is stopped here, who does so on many petitions by the
-- mailer, which holds each mailbox to its limit once more when it sends. Rows of the quota are locked in the
-- order of mailbox, and stay so until the end of the transaction.
CREATE FUNCTION countersign.letters_add(
    a_letters_per_day integer, a_id bigint[], a_life smallint[], a_kind smallint[], a_petition integer[],
    a_mailbox bytea[], a_request_id bytea[], a_letter_epoch bigint[], a_letter_sealed bytea[],
    a_token_bucket integer[], a_token_hash bytea[])
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    WITH wanted AS MATERIALIZED (
        SELECT a_mailbox[k.n] AS mailbox, k.n, row_number() OVER mine AS nth, least(count(*) OVER mine, a_letters_per_day) AS most
          FROM unnest(a_kind) WITH ORDINALITY AS k(kind, n)
         WHERE k.kind > 0 AND a_letters_per_day > 0
        WINDOW mine AS (PARTITION BY a_mailbox[k.n])
    ), quota AS (
        INSERT INTO letter_quota AS q (mailbox, since, n, granted)
        SELECT w.mailbox, now(), least(w.most, a_letters_per_day - 1) + 1, least(w.most, a_letters_per_day - 1) FROM wanted w WHERE w.nth = 1 ORDER BY w.mailbox
            ON CONFLICT (mailbox) DO UPDATE SET
               since   = CASE WHEN q.since > now() - interval '24 hours' THEN q.since ELSE now() END,
               n       = CASE WHEN q.since > now() - interval '24 hours'
                              THEN least(q.n + excluded.granted, a_letters_per_day) ELSE excluded.granted END,
               granted = CASE WHEN q.since > now() - interval '24 hours'
                              THEN least(excluded.granted, a_letters_per_day - q.n) ELSE excluded.granted END
         WHERE q.n < a_letters_per_day OR q.since <= now() - interval '24 hours'
        RETURNING q.mailbox, q.granted
    )
    INSERT INTO letter (signature_id, epoch, created_at, petition_id, token_bucket, life, kind, token_hash,
                        request_id, mailbox, sealed)
    SELECT a_id[w.n], a_letter_epoch[w.n], now(), a_petition[w.n], a_token_bucket[w.n], coalesce(a_life[w.n], 1),
           a_kind[w.n], a_token_hash[w.n], a_request_id[w.n], w.mailbox, a_letter_sealed[w.n]
      FROM wanted w
      JOIN quota q ON q.mailbox = w.mailbox AND w.nth <= q.granted;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.letters_add(integer, bigint[], smallint[], smallint[], integer[], bytea[], bytea[],
                                            bigint[], bytea[], integer[], bytea[]) IS
    'Inside sign and resend: the letters that are owed, within the mailboxes'' daily limit';

CREATE FUNCTION countersign.shown_add(
    a_id bigint[], a_life smallint[], a_kind smallint[], a_kept boolean[], a_petition integer[], a_shown_name text[],
    a_shown_place text[], a_shown_comment text[])
RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO shown (signature_id, shown_at, words, petition_id, name, place, comment)
    SELECT u.id, CASE a_kind[u.n] WHEN 2 THEN now() END, CASE WHEN a_life[u.n] > 1 THEN nextval('shown_words') ELSE 1 END,
           a_petition[u.n], a_shown_name[u.n],
           coalesce(a_shown_place[u.n], ''), coalesce(a_shown_comment[u.n], '')
      FROM unnest(a_id) WITH ORDINALITY AS u(id, n)
     WHERE u.id IS NOT NULL AND a_shown_name[u.n] IS NOT NULL AND a_kept[u.n] IS NOT TRUE;
    RETURN true;
END
$$;
COMMENT ON FUNCTION countersign.shown_add(bigint[], smallint[], smallint[], boolean[], integer[], text[], text[], text[]) IS
    'Inside sign: what signers of new signatures chose to show; not of those that were kept as they are';

-- A batch that is sent again because its answer was lost may find its petition closed or changed meanwhile. What
-- it stored the first time stays accepted.
CREATE FUNCTION countersign.sign_refused(a_fate smallint[], a_petition integer[], a_email_hash bytea[],
                                         a_request_id bytea[])
RETURNS smallint[]
LANGUAGE plpgsql SET search_path = countersign, pg_temp SET plan_cache_mode = force_generic_plan
SET enable_seqscan = off SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    RETURN (SELECT array_agg(CASE WHEN s.id IS NULL THEN r.fate ELSE 0 END ORDER BY r.n)
              FROM unnest(a_fate, a_petition, a_email_hash, a_request_id) WITH ORDINALITY
                   AS r(fate, petition_id, email_hash, request_id, n)
              LEFT JOIN signature s ON r.fate IN (1, 2) AND s.petition_id = r.petition_id
                                   AND s.email_hash = r.email_hash AND s.request_id = r.request_id);
END
$$;
COMMENT ON FUNCTION countersign.sign_refused(smallint[], integer[], bytea[], bytea[]) IS
    'Inside sign: the fates, where a refused row that this same request has stored before is accepted';
