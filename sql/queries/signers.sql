-- All signatures of a petition for an export, with the key of their epoch as sealed to one recipient.
-- $1 petition (integer), $2 recipient's public key (bytea), $3 states (smallint[])
SELECT s.id, s.state, s.epoch, k.sealed, s.email_hash, s.sealed, s.text_version, s.signed_at, s.confirmed_at
  FROM countersign.signature s
  LEFT JOIN countersign.epoch_key k ON k.epoch = s.epoch AND k.recipient = $2::bytea
 WHERE s.petition_id = $1::integer AND s.state = ANY ($3::smallint[])
 ORDER BY s.id
