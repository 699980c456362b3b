-- The outbox, and how many letters a mailbox may get.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.letter (
    signature_id bigint      NOT NULL,
    epoch        bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    sent_at      timestamptz,
    expires_at   timestamptz,
    petition_id  integer     NOT NULL,
    token_bucket integer     NOT NULL,
    life         smallint    NOT NULL,
    kind         smallint    NOT NULL,
    state        smallint    NOT NULL DEFAULT 0,
    token_hash   bytea       NOT NULL CHECK (octet_length(token_hash) = 32),
    request_id   bytea       NOT NULL,
    mailbox      bytea       NOT NULL,
    sealed       bytea,
    PRIMARY KEY (token_bucket, token_hash)
);
ALTER TABLE countersign.letter ALTER COLUMN sealed SET STORAGE EXTERNAL;
COMMENT ON TABLE  countersign.letter IS 'A letter that is owed or was sent, and the one token in it. The bucket is its minute: oldest first is by the key, so no further index';
COMMENT ON COLUMN countersign.letter.signature_id IS 'The signature that it is about';
COMMENT ON COLUMN countersign.letter.epoch IS 'The epoch whose key sealed it';
COMMENT ON COLUMN countersign.letter.created_at IS 'Since when it is owed';
COMMENT ON COLUMN countersign.letter.sent_at IS 'When a mail server took it';
COMMENT ON COLUMN countersign.letter.expires_at IS 'The token works until then; set when it is sent, so a late letter is no dead one; null: not sent, no end';
COMMENT ON COLUMN countersign.letter.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.letter.token_bucket IS 'First two bytes of the token: the minute it was made, modulo 65536 (45 days); keeps the index''s inserts in one place';
COMMENT ON COLUMN countersign.letter.life IS 'The signature''s life that it was made in; its token works in no other';
COMMENT ON COLUMN countersign.letter.kind IS '1 confirm (asks for the click), 2 thanks (counted at once), 3 already (has signed before), 5 the signer''s own page';
COMMENT ON COLUMN countersign.letter.state IS '0 owed, 1 sent, 2 given up';
COMMENT ON COLUMN countersign.letter.token_hash IS 'SHA-256 of the token; the token itself is only in the envelope';
COMMENT ON COLUMN countersign.letter.request_id IS 'The request that it answers';
COMMENT ON COLUMN countersign.letter.mailbox IS 'Keyed hash of the address alone, as in letter_quota';
COMMENT ON COLUMN countersign.letter.sealed IS 'The mailer''s envelope: address, name, token; null once no letter is owed any more: shredded';

CREATE TABLE countersign.letter_quota (
    since   timestamptz NOT NULL,
    n       integer     NOT NULL,
    granted integer     NOT NULL,
    mailbox bytea       PRIMARY KEY CHECK (octet_length(mailbox) = 16)
) WITH (fillfactor = 90);
COMMENT ON TABLE  countersign.letter_quota IS 'Letters to a mailbox in the 24 hours from the first of them, over all petitions';
COMMENT ON COLUMN countersign.letter_quota.since IS 'When the 24 hours began';
COMMENT ON COLUMN countersign.letter_quota.n IS 'Letters granted in them';
COMMENT ON COLUMN countersign.letter_quota.granted IS 'Of those, how many the last statement was granted: its way to hand that on';
COMMENT ON COLUMN countersign.letter_quota.mailbox IS 'Keyed hash of the address alone';

-- A few pages at a time, so that its cost does not grow with the table. The caller keeps the place.
CREATE FUNCTION countersign.quota_sweep(a_block bigint, a_blocks integer) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    DELETE FROM letter_quota
     WHERE ctid IN (SELECT q.ctid FROM letter_quota q
                     WHERE q.ctid >= format('(%s,0)', a_block)::tid
                       AND q.ctid < format('(%s,0)', a_block + a_blocks)::tid
                       AND q.since <= now() - interval '24 hours'
                       FOR UPDATE SKIP LOCKED);
    IF (a_block + a_blocks) * current_setting('block_size')::bigint >= pg_relation_size('letter_quota') THEN
        RETURN 0;
    END IF;
    RETURN a_block + a_blocks;
END
$$;
COMMENT ON FUNCTION countersign.quota_sweep(bigint, integer) IS
    'Deletes what has expired from these blocks of letter_quota; returns the block to go on with, 0 at the end';
GRANT EXECUTE ON FUNCTION countersign.quota_sweep(bigint, integer) TO countersign_worker;

CREATE TABLE countersign.unsubscription (
    petition_id integer     NOT NULL,
    at          timestamptz NOT NULL,
    mailbox     bytea       NOT NULL,
    PRIMARY KEY (petition_id, mailbox)
);
COMMENT ON TABLE  countersign.unsubscription IS 'Mailboxes that want no more letters about a petition, but those that they ask for themselves';
COMMENT ON COLUMN countersign.unsubscription.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.unsubscription.at IS 'Since when';
COMMENT ON COLUMN countersign.unsubscription.mailbox IS 'Keyed hash of the address alone, as in letter';

CREATE TABLE countersign.disavowal (
    petition_id integer     NOT NULL,
    email_hash  bytea       NOT NULL,
    at          timestamptz NOT NULL,
    why         text        NOT NULL DEFAULT 'said' CHECK (why IN ('said', 'barred')),
    mailbox     bytea,
    PRIMARY KEY (petition_id, email_hash)
);
CREATE INDEX disavowal_mailbox ON countersign.disavowal (petition_id, mailbox) WHERE mailbox IS NOT NULL;
COMMENT ON TABLE  countersign.disavowal IS 'Addresses whose holder said "this was not me": no letters of this petition any more, and nothing that is signed with them counts. Outlives the signature';
COMMENT ON COLUMN countersign.disavowal.why IS 'said: by its holder; barred: an operator had taken the signature out of the count when its holder erased it, so that signing again is no way around that';
COMMENT ON COLUMN countersign.disavowal.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.disavowal.email_hash IS 'Blind index, as in signature';
COMMENT ON COLUMN countersign.disavowal.mailbox IS 'Keyed hash of the address alone, as in subscriber: no letter to the list asks it to sign this petition. Null: barred';
COMMENT ON COLUMN countersign.disavowal.at IS 'When they said so; for the review of fraud';
GRANT SELECT ON countersign.disavowal, countersign.unsubscription TO countersign_operator;
