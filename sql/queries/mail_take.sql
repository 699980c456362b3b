-- Takes owed letters into the mailers' queue. Safe to repeat.
-- $1 int4 letters to look at
-- → seen int4, taken int4, done bool: the pass is at its end, or another mailer is at it
SELECT seen, taken, done FROM countersign.mail_take($1)
