-- What stands in the columns of views, as those of tables say it.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

COMMENT ON COLUMN countersign.signer.petition_id IS 'The petition';
COMMENT ON COLUMN countersign.signer.id IS 'Number within all petitions; what invalidate takes';
COMMENT ON COLUMN countersign.signer.state IS 'pending, confirmed, withdrawn, invalidated';
COMMENT ON COLUMN countersign.signer.epoch IS 'The epoch whose key sealed the row';
COMMENT ON COLUMN countersign.signer.email_hash IS 'Blind index: keyed hash of petition and address; the seal is bound to it';
COMMENT ON COLUMN countersign.signer.sealed IS 'The organiser''s envelope: name, address, place, comment';
COMMENT ON COLUMN countersign.signer.text_version IS 'The version of the text that was signed';
COMMENT ON COLUMN countersign.signer.index_key IS 'Number of the key of email_hash';
COMMENT ON COLUMN countersign.signer.country IS 'ISO 3166-1; empty: not given';
COMMENT ON COLUMN countersign.signer.region IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.signer.signed_at IS 'When it was signed; in its present life';
COMMENT ON COLUMN countersign.signer.confirmed_at IS 'When it was counted';

COMMENT ON COLUMN countersign.reader.mailbox IS 'Keyed hash of the address alone; the seal is bound to it';
COMMENT ON COLUMN countersign.reader.epoch IS 'The epoch whose key sealed it';
COMMENT ON COLUMN countersign.reader.sealed IS 'Address, names, language, sealed to the mailers';
COMMENT ON COLUMN countersign.reader.country IS 'ISO 3166-1; empty: not given';
COMMENT ON COLUMN countersign.reader.region IS 'ISO 3166-2, likewise';
COMMENT ON COLUMN countersign.reader.locale IS 'BCP 47; empty: not given';
COMMENT ON COLUMN countersign.reader.topics IS 'Tags that they want letters about, with | between; null: all';
COMMENT ON COLUMN countersign.reader.frequency IS 'every letter, or at most one a week or a month';
COMMENT ON COLUMN countersign.reader.consented_at IS 'When they last agreed, or asked; null: no proof is left';
COMMENT ON COLUMN countersign.reader.source IS 'Where they agreed, of who was imported; else null';
COMMENT ON COLUMN countersign.reader.wording IS 'The words that they agreed to, of who was imported; else null';
COMMENT ON COLUMN countersign.reader.version IS 'The version of our words that they agreed to (src/core/wording.c); null: imported';
COMMENT ON COLUMN countersign.reader.language IS 'Their language; null: imported';
COMMENT ON COLUMN countersign.reader.slug IS 'The petition at which they agreed; null: imported';
COMMENT ON COLUMN countersign.reader.organization_name IS 'Whose petition that is; null: imported';
