-- Stores an epoch, its key sealed to each recipient. Safe to repeat.
-- $1 int8 id, $2 text 'signer' or 'letter', $3 bytea[] recipients' public keys, $4 bytea[] the key sealed to each
SELECT countersign.epoch_add($1, $2, $3, $4)
