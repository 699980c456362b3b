-- Sends a letter to the list to one address, to look at.
-- $1 text name, $2 bytea random mailbox (16), $3 int8 epoch, $4 bytea sealed address, bound to petition 0 and that mailbox
-- → bool false: there is none of that name
SELECT countersign.mailing_test_add($1, $2, $3, $4)
