-- Who has signed, sealed, and what signers chose to show.
--
-- signature has the two indexes that it cannot do without, and no foreign keys: each would cost a look-up and
-- a row lock a signature. The functions that write are the only way in, and they join the petition. PostgreSQL reads
-- every CHECK anew in each statement, so the tables that are written for each batch have only the most useful ones.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.epoch (
    id         bigint      PRIMARY KEY CHECK (id > 0),
    purpose    text        NOT NULL CHECK (purpose IN ('signer', 'letter', 'subscriber')),
    created_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  countersign.epoch IS 'A key that one process sealed with for a few minutes; deleting it shreds what it sealed';
COMMENT ON COLUMN countersign.epoch.id IS 'Random 63 bits, chosen by the process';
COMMENT ON COLUMN countersign.epoch.purpose IS 'signer: sealed for the organisation; letter: for the mailer; subscriber: for the mailer, and kept';
COMMENT ON COLUMN countersign.epoch.created_at IS 'When it was stored';

CREATE TABLE countersign.epoch_key (
    epoch     bigint NOT NULL REFERENCES countersign.epoch ON DELETE CASCADE,
    recipient bytea  NOT NULL CHECK (octet_length(recipient) = 32),
    sealed    bytea  NOT NULL,
    PRIMARY KEY (epoch, recipient)
);
COMMENT ON TABLE  countersign.epoch_key IS 'The epoch''s key, sealed once to each recipient';
COMMENT ON COLUMN countersign.epoch_key.epoch IS 'The epoch';
COMMENT ON COLUMN countersign.epoch_key.recipient IS 'The recipient''s X25519 public key';
COMMENT ON COLUMN countersign.epoch_key.sealed IS 'Sealed box of the epoch''s key for this recipient';

CREATE TABLE countersign.signature (
    id           bigint      GENERATED ALWAYS AS IDENTITY (CACHE 32),
    epoch        bigint      NOT NULL,
    referral     bigint,
    signed_at    timestamptz NOT NULL,
    changed_at   timestamptz NOT NULL,
    confirmed_at timestamptz,
    petition_id  integer     NOT NULL,
    text_version integer     NOT NULL,
    index_key    smallint    NOT NULL,
    life         smallint    NOT NULL DEFAULT 1,
    state        smallint    NOT NULL,
    email_hash   bytea       NOT NULL CHECK (octet_length(email_hash) = 16),
    request_id   bytea       NOT NULL,
    country      text        NOT NULL DEFAULT '',
    region       text        NOT NULL DEFAULT '',
    sealed       bytea       NOT NULL,
    CHECK (state IN (0, 2, 3) OR state = 1 AND confirmed_at IS NOT NULL),
    PRIMARY KEY (petition_id, id),
    UNIQUE (petition_id, email_hash)
) WITH (fillfactor = 90);
-- Sealed bytes cannot be compressed; trying costs time.
ALTER TABLE countersign.signature ALTER COLUMN sealed SET STORAGE EXTERNAL;
-- As if all rows were of one petition: a table that was analysed while each of its few rows had a petition of its own would
-- else say that the petition alone finds a row, and the other index of it would be walked for each.
ALTER TABLE countersign.signature ALTER COLUMN petition_id SET (n_distinct = 1);
COMMENT ON TABLE  countersign.signature IS 'One row a petition and address. The free tenth of each page keeps confirming a HOT update';
COMMENT ON COLUMN countersign.signature.id IS 'Number within all petitions; has gaps, is never public';
COMMENT ON COLUMN countersign.signature.epoch IS 'The epoch whose key sealed the row';
COMMENT ON COLUMN countersign.signature.referral IS 'Keyed hash of petition and referrer, as in tally_referral; null: none was named';
COMMENT ON COLUMN countersign.signature.signed_at IS 'When it was signed; in its present life';
COMMENT ON COLUMN countersign.signature.changed_at IS 'When the state last changed, or while pending, when another letter was asked for';
COMMENT ON COLUMN countersign.signature.confirmed_at IS 'When it was counted; its hour is the one in tally_hour. Kept by an invalidation, for its undo';
COMMENT ON COLUMN countersign.signature.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.signature.text_version IS 'The version of the text that was signed';
COMMENT ON COLUMN countersign.signature.index_key IS 'Number of the key of email_hash';
COMMENT ON COLUMN countersign.signature.life IS 'Grows when somebody signs again after withdrawing; ends all earlier tokens';
COMMENT ON COLUMN countersign.signature.state IS '0 pending, 1 confirmed (the only one that counts), 2 withdrawn, 3 invalidated';
COMMENT ON COLUMN countersign.signature.email_hash IS 'Blind index: keyed hash of petition and address; the key is not in this database';
COMMENT ON COLUMN countersign.signature.request_id IS 'The last request that did something here; the same one again does nothing';
COMMENT ON COLUMN countersign.signature.country IS 'ISO 3166-1, in the clear for the tally of places; empty: not given';
COMMENT ON COLUMN countersign.signature.region IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.signature.sealed IS 'The organiser''s envelope: name, address, place, comment';

CREATE SEQUENCE countersign.shown_words START 2;
COMMENT ON SEQUENCE countersign.shown_words IS 'Numbers of shown.words';
CREATE TABLE countersign.shown (
    signature_id bigint      NOT NULL,
    shown_at     timestamptz,
    words        bigint      NOT NULL DEFAULT 1,
    petition_id  integer     NOT NULL,
    review       smallint    NOT NULL DEFAULT 0 CHECK (review BETWEEN 0 AND 2),
    name         text        NOT NULL,
    place        text        NOT NULL DEFAULT '',
    comment      text        NOT NULL DEFAULT '',
    PRIMARY KEY (petition_id, signature_id)
);
CREATE INDEX shown_recent ON countersign.shown (petition_id, shown_at DESC, signature_id DESC)
    WHERE shown_at IS NOT NULL AND review <> 2;
COMMENT ON TABLE  countersign.shown IS 'What signers chose to show in public, in the clear; deleted when they withdraw';
COMMENT ON COLUMN countersign.shown.signature_id IS 'The signature';
COMMENT ON COLUMN countersign.shown.shown_at IS 'When the signature was counted; null: it does not count (yet), so it is not shown';
COMMENT ON COLUMN countersign.shown.words IS '1: the first words that this signature showed; else the number of these ones, of no others ever. Who approves says which they have read';
COMMENT ON COLUMN countersign.shown.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.shown.review IS '0 not looked at (the comment waits, if the petition says so), 1 comment approved, 2 hidden';
COMMENT ON COLUMN countersign.shown.name IS 'The name to show';
COMMENT ON COLUMN countersign.shown.place IS 'The place to show; empty: none';
COMMENT ON COLUMN countersign.shown.comment IS 'The comment to show; empty: none';

CREATE TABLE countersign.invalidation (
    petition_id  integer     NOT NULL,
    signature_id bigint      NOT NULL,
    was          smallint    NOT NULL CHECK (was BETWEEN 0 AND 2),
    by_role      text        NOT NULL,
    at           timestamptz NOT NULL,
    cause        text        NOT NULL CHECK (cause IN ('operator', 'undeliverable')),
    reason       text        NOT NULL CHECK (reason <> ''),
    undone_at    timestamptz,
    undone_by    text,
    undone_why   text
);
CREATE UNIQUE INDEX invalidation_standing ON countersign.invalidation (petition_id, signature_id)
    WHERE undone_at IS NULL;
CREATE INDEX invalidation_signature ON countersign.invalidation (petition_id, signature_id);
COMMENT ON TABLE  countersign.invalidation IS 'Which signatures were taken out of the count: by whom, when and why';
COMMENT ON COLUMN countersign.invalidation.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.invalidation.signature_id IS 'The signature';
COMMENT ON COLUMN countersign.invalidation.was IS 'Its state before, to which an undo returns it';
COMMENT ON COLUMN countersign.invalidation.by_role IS 'The role that did it';
COMMENT ON COLUMN countersign.invalidation.at IS 'When';
COMMENT ON COLUMN countersign.invalidation.cause IS 'operator: by hand; undeliverable: its letter came back, and the petition says that it shall not count then';
COMMENT ON COLUMN countersign.invalidation.reason IS 'Why, in their words';
COMMENT ON COLUMN countersign.invalidation.undone_at IS 'When it was undone; null: it stands';
COMMENT ON COLUMN countersign.invalidation.undone_by IS 'The role that undid it';
COMMENT ON COLUMN countersign.invalidation.undone_why IS 'Why, if they said it';

CREATE TABLE countersign.erased_kept (
    petition_id integer     NOT NULL,
    hour        timestamptz NOT NULL,
    country     text        NOT NULL,
    region      text        NOT NULL,
    n           bigint      NOT NULL CHECK (n > 0),
    PRIMARY KEY (petition_id, hour, country, region)
);
COMMENT ON TABLE  countersign.erased_kept IS 'Counted signatures whose rows were erased at the signer''s request: only their number is kept';
COMMENT ON COLUMN countersign.erased_kept.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.erased_kept.hour IS 'The hour in which they were counted';
COMMENT ON COLUMN countersign.erased_kept.country IS 'Their country; empty: not given';
COMMENT ON COLUMN countersign.erased_kept.region IS 'Their region; empty: not given';
COMMENT ON COLUMN countersign.erased_kept.n IS 'How many';

CREATE FUNCTION countersign.epoch_add(a_id bigint, a_purpose text, a_recipient bytea[], a_sealed bytea[])
RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    IF coalesce(cardinality(a_recipient), 0) = 0 THEN
        RAISE EXCEPTION 'an epoch needs a recipient' USING ERRCODE = 'check_violation';
    END IF;
    INSERT INTO epoch (id, purpose) VALUES (a_id, a_purpose) ON CONFLICT DO NOTHING;
    INSERT INTO epoch_key (epoch, recipient, sealed)
    SELECT a_id, r.recipient, r.sealed
      FROM unnest(a_recipient, a_sealed) AS r(recipient, sealed)
     ORDER BY r.recipient
        ON CONFLICT DO NOTHING;
END
$$;
COMMENT ON FUNCTION countersign.epoch_add(bigint, text, bytea[], bytea[]) IS
    'Stores an epoch and its key, sealed to each recipient; a second time nothing happens';
GRANT EXECUTE ON FUNCTION countersign.epoch_add(bigint, text, bytea[], bytea[]) TO countersign_worker;
