-- All signatures of a petition for an export, with the key of their epoch as sealed to one recipient; one snapshot.
-- $1 int4 petition, $2 bytea the recipient's public key (32), $3 text[] states
-- → id int8, state text, epoch int8, epoch_key bytea (null: none for this recipient), email_hash bytea, sealed bytea,
--   text_version int4, signed_at timestamptz, confirmed_at timestamptz (null: not counted), in the order of id
SELECT s.id, s.state, s.epoch, k.sealed AS epoch_key, s.email_hash, s.sealed, s.text_version, s.signed_at,
       s.confirmed_at
  FROM countersign.signer s
  LEFT JOIN countersign.epoch_key k ON k.epoch = s.epoch AND k.recipient = $2
 WHERE s.petition_id = $1 AND s.state = ANY ($3)
 ORDER BY s.id
