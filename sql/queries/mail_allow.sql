-- Letters go to these mailboxes again, whatever marked them: a bounce, a refusal, a complaint. Safe to repeat.
-- $1 bytea[] mailboxes (16)
-- → int8 how many of them were marked
SELECT countersign.mail_allow($1)
