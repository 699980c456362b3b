-- One more step towards the audience of a letter to the list that is to be sent.
-- $1 int4 subscribers to look at
-- → int4 how many there were; 0: no more to do, -1: another mailer was there just now
SELECT countersign.mailing_gather($1)
