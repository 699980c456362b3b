-- Letters that a mail server's log names. Those that are held count as sent from then on. Safe to repeat.
-- $1 int4[] bucket, $2 bytea[] first 16 bytes of the token's hash, $3 int4 days that a token lives, $4 int4 days until the reminder (0: none)
-- → unknown int8 (there are no such letters), sent int8
SELECT unknown, sent FROM countersign.restored_sent($1, $2, $3, $4)
