-- What a letter's key is made of now: worker and mailer make it (core/token.h), the database only compares.

SET LOCAL lock_timeout = '3s';
SET LOCAL countersign.works_from = '26';

COMMENT ON COLUMN countersign.letter.token_hash IS 'A byte that tells which fifteenth of the minute, from 1, and the first 31 of SHA-256 of the token, which itself is only in the envelope; of earlier letters SHA-256 alone';
COMMENT ON COLUMN countersign.subscription.token_hash IS 'Like letter.token_hash, of the token that proves it: of the letter that the signing was answered with, or of the one whose link led to the page';
