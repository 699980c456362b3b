-- The key of an epoch, sealed to one recipient.
-- $1 int8 epoch, $2 bytea the recipient's public key (32)
-- → sealed bytea (no row: none for this recipient)
SELECT sealed FROM countersign.epoch_key WHERE epoch = $1 AND recipient = $2
