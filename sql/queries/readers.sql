-- Who gets news, for an export, with the key of their epoch as sealed to one recipient; one snapshot.
-- $1 bytea the recipient's public key (32)
-- → mailbox bytea, epoch int8, epoch_key bytea (null: none for this recipient), sealed bytea, country text, region text, topics text (with |
--   between, null: all), frequency text, consented_at timestamptz, source text, wording text (these two null: by a petition), version int2,
--   language text, slug text, organization_name text
SELECT r.mailbox, r.epoch, k.sealed AS epoch_key, r.sealed, r.country, r.region, r.topics, r.frequency, r.consented_at, r.source, r.wording,
       r.version, r.language, r.slug, r.organization_name
  FROM countersign.reader r
  LEFT JOIN countersign.epoch_key k ON k.epoch = r.epoch AND k.recipient = $1
