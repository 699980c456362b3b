-- A batch of signings by the links of letters to the list, as sql/queries/sign.sql. Safe to repeat.
-- $1 int2 slot, $2 int4 letters a mailbox and day, $3 int4[] mailing, $4 int2[] its subject, then $5 to $22 as $3 to $20 there
-- → int2[] fates in the order of the arrays: as there, and 4: the link is no good
SELECT countersign.sign_by_letter($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22)
