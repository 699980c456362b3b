-- What the numbers of sequences are.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

COMMENT ON SEQUENCE countersign.petition_id_seq IS 'Numbers of petition.id';
COMMENT ON SEQUENCE countersign.signature_id_seq IS 'Numbers of signature.id; sessions take 32 at once, so there are gaps';
COMMENT ON SEQUENCE countersign.mailing_id_seq IS 'Numbers of mailing.id; letters of the list name it in two bytes';
