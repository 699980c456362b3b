-- The keys of many epochs, sealed to one recipient.
-- $1 int8[] epochs, $2 bytea the recipient's public key (32)
-- → epoch int8, sealed bytea
SELECT epoch, sealed FROM countersign.epoch_key WHERE epoch = ANY ($1) AND recipient = $2
