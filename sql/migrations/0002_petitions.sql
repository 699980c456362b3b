-- Petitions and their texts, and the number that tells workers that the catalog has changed.

SET LOCAL lock_timeout = '3s';

CREATE TABLE countersign.petition (
    id                   integer     GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    slug                 text        NOT NULL UNIQUE
                                     CHECK (length(slug) <= 64 AND slug ~ '^[a-z0-9](-?[a-z0-9])*$'),
    state                text        NOT NULL DEFAULT 'draft'
                                     CHECK (state IN ('draft', 'open', 'closed', 'withdrawn')),
    confirmation         text        NOT NULL DEFAULT 'email' CHECK (confirmation IN ('email', 'none')),
    language             text        NOT NULL CHECK (language <> ''),
    goal                 bigint      CHECK (goal BETWEEN 1 AND 9007199254740992),
    goals                bigint[]    NOT NULL DEFAULT '{}',
    count_minimum        bigint      NOT NULL DEFAULT 0 CHECK (count_minimum >= 0),
    image                text        NOT NULL DEFAULT '' CHECK (image = '' OR image ~ '^/([^/]|$)'),
    index_key            smallint    NOT NULL CHECK (index_key >= 0),
    text_version         integer     NOT NULL DEFAULT 1 CHECK (text_version >= 1),
    fields               text[]      NOT NULL DEFAULT '{email,given_name}',
    required             text[]      NOT NULL DEFAULT '{email,given_name}' CHECK (required <@ fields),
    tags                 text[]      NOT NULL DEFAULT '{}',
    organization_name    text        NOT NULL DEFAULT '',
    organization_url     text        NOT NULL DEFAULT '',
    privacy_url          text        NOT NULL DEFAULT '',
    allowed_origins      text[]      NOT NULL DEFAULT '{}',
    comments             text        NOT NULL DEFAULT 'after_review'
                                     CHECK (comments IN ('after_review', 'off', 'shown')),
    disclosure_threshold integer     NOT NULL DEFAULT 5 CHECK (disclosure_threshold >= 0),
    public_keys          bytea[]     NOT NULL DEFAULT '{}',
    undeliverable        text        NOT NULL DEFAULT 'invalidate' CHECK (undeliverable IN ('invalidate', 'keep')),
    erasure              text        NOT NULL DEFAULT 'keep_number'
                                     CHECK (erasure IN ('keep_number', 'lower_number')),
    confirm_grace        interval    NOT NULL DEFAULT '7 days' CHECK (confirm_grace >= '0'),
    opened_at            timestamptz,
    closes_at            timestamptz,
    closed_at            timestamptz CHECK ((closed_at IS NOT NULL) = (state = 'closed')),
    created_at           timestamptz NOT NULL DEFAULT now(),
    updated_at           timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  countersign.petition IS 'A petition. Never deleted: signatures point here without a foreign key';
COMMENT ON COLUMN countersign.petition.id IS 'Our own number; public is the slug';
COMMENT ON COLUMN countersign.petition.slug IS 'Its name in addresses; never changed';
COMMENT ON COLUMN countersign.petition.state IS 'draft, open, closed or withdrawn; an open one whose closes_at has passed is closed';
COMMENT ON COLUMN countersign.petition.confirmation IS 'email: a signature counts once its mailbox has confirmed it; none: at once';
COMMENT ON COLUMN countersign.petition.language IS 'Its main language (BCP 47)';
COMMENT ON COLUMN countersign.petition.goal IS 'Signatures hoped for; null: none named';
COMMENT ON COLUMN countersign.petition.goals IS 'The organiser''s own steps on the way, ascending; empty: the page takes round numbers';
COMMENT ON COLUMN countersign.petition.count_minimum IS 'Pages do not show a number below it';
COMMENT ON COLUMN countersign.petition.image IS 'Path of the picture that previews of links show; empty: none';
COMMENT ON COLUMN countersign.petition.index_key IS 'Number of the key that its blind index is made with; fixed when it is made';
COMMENT ON COLUMN countersign.petition.text_version IS 'The version of petition_text that is signed now';
COMMENT ON COLUMN countersign.petition.fields IS 'Names of the fields it asks for, in the order of the form';
COMMENT ON COLUMN countersign.petition.required IS 'Those of them that must be filled in';
COMMENT ON COLUMN countersign.petition.tags IS 'Free words to group petitions';
COMMENT ON COLUMN countersign.petition.organization_name IS 'Who runs it; empty: not said';
COMMENT ON COLUMN countersign.petition.organization_url IS 'Their site; empty: not said';
COMMENT ON COLUMN countersign.petition.privacy_url IS 'Their privacy notice; empty: not said';
COMMENT ON COLUMN countersign.petition.allowed_origins IS 'Other origins whose pages may sign; exact match';
COMMENT ON COLUMN countersign.petition.comments IS 'after_review: shown once an operator said so; off: never; shown: at once';
COMMENT ON COLUMN countersign.petition.disclosure_threshold IS 'Places with fewer signatures are not told apart in public';
COMMENT ON COLUMN countersign.petition.public_keys IS 'X25519 keys that its epochs are sealed to; empty: the configured ones';
COMMENT ON COLUMN countersign.petition.undeliverable IS 'A signature that counted without a click and whose letter of thanks comes back, since nobody lives there: invalidate takes it out of the count, keep does not';
COMMENT ON COLUMN countersign.petition.erasure IS 'What an erasure does to the count: keep_number (the number goes on counting, in erased_kept) or lower_number';
COMMENT ON COLUMN countersign.petition.confirm_grace IS 'How long after closing a token still confirms';
COMMENT ON COLUMN countersign.petition.opened_at IS 'When it was first opened';
COMMENT ON COLUMN countersign.petition.closes_at IS 'Closed for signing from then on, by this server''s clock; null: until somebody closes it';
COMMENT ON COLUMN countersign.petition.closed_at IS 'When an operator closed it; set exactly in state closed';
COMMENT ON COLUMN countersign.petition.created_at IS 'When it was made';
COMMENT ON COLUMN countersign.petition.updated_at IS 'When it or its text was last changed';

CREATE TABLE countersign.petition_text (
    petition_id integer     NOT NULL REFERENCES countersign.petition,
    version     integer     NOT NULL CHECK (version >= 1),
    language    text        NOT NULL CHECK (language <> ''),
    title       text        NOT NULL,
    tag_line    text        NOT NULL DEFAULT '',
    addressee   text        NOT NULL DEFAULT '',
    salutation  text        NOT NULL DEFAULT '',
    letter      text        NOT NULL DEFAULT '',
    asks        text[]      NOT NULL DEFAULT '{}',
    letter_html text        NOT NULL DEFAULT '',
    excerpt     text        NOT NULL DEFAULT '',
    card        bytea       NOT NULL DEFAULT '',
    card_tag    text        NOT NULL GENERATED ALWAYS AS
                            (CASE WHEN card = '' THEN '' ELSE left(encode(sha256(card), 'hex'), 16) END) STORED,
    created_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (petition_id, version, language)
);
COMMENT ON TABLE  countersign.petition_text IS 'What is signed, every version of it, kept forever';
COMMENT ON COLUMN countersign.petition_text.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.petition_text.version IS 'Grows with each change to title, addressee, letter or asks in any language';
COMMENT ON COLUMN countersign.petition_text.language IS 'Language of this text (BCP 47)';
COMMENT ON COLUMN countersign.petition_text.title IS 'Title';
COMMENT ON COLUMN countersign.petition_text.tag_line IS 'A few words above the title; may change within a version';
COMMENT ON COLUMN countersign.petition_text.addressee IS 'To whom it is addressed';
COMMENT ON COLUMN countersign.petition_text.salutation IS 'How the letter begins; may change within a version';
COMMENT ON COLUMN countersign.petition_text.letter IS 'The letter, Markdown';
COMMENT ON COLUMN countersign.petition_text.asks IS 'What is asked for, point by point';
COMMENT ON COLUMN countersign.petition_text.letter_html IS 'The letter as HTML that is safe to show, made when it was put';
COMMENT ON COLUMN countersign.petition_text.excerpt IS 'How the letter begins, one plain line, likewise';
COMMENT ON COLUMN countersign.petition_text.card IS 'Picture for previews of links (PNG), made of the title when it was put; empty: none';
COMMENT ON COLUMN countersign.petition_text.card_tag IS 'Names that picture in its address; another picture has another one; empty: none';
COMMENT ON COLUMN countersign.petition_text.created_at IS 'When this text was first stored';

CREATE TABLE countersign.catalog_version (
    only_row   boolean     PRIMARY KEY DEFAULT true CHECK (only_row),
    version    bigint      NOT NULL DEFAULT 1,
    changed_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE  countersign.catalog_version IS 'One row: grows with every change of a petition or its text';
COMMENT ON COLUMN countersign.catalog_version.only_row IS 'Keeps it one row';
COMMENT ON COLUMN countersign.catalog_version.version IS 'A worker whose snapshot has another number reads the catalog again';
COMMENT ON COLUMN countersign.catalog_version.changed_at IS 'When it last grew';
INSERT INTO countersign.catalog_version DEFAULT VALUES;

CREATE FUNCTION countersign.catalog_changed() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = countersign, pg_temp AS $$
BEGIN
    UPDATE catalog_version SET version = version + 1, changed_at = now();
    PERFORM pg_notify('countersign_catalog', '');
    RETURN NULL;
END
$$;
COMMENT ON FUNCTION countersign.catalog_changed() IS 'Trigger: counts changes of the catalog and notifies countersign_catalog';

CREATE TRIGGER petition_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON countersign.petition
    FOR EACH STATEMENT EXECUTE FUNCTION countersign.catalog_changed();
CREATE TRIGGER petition_text_changed AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON countersign.petition_text
    FOR EACH STATEMENT EXECUTE FUNCTION countersign.catalog_changed();

GRANT SELECT ON countersign.catalog_version, countersign.petition, countersign.petition_text
   TO countersign_worker, countersign_mailer, countersign_office, countersign_operator;
