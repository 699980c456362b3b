-- Begins to send a draft.
-- $1 text name, $2 jsonb audience {topics, countries, regions: null or a list; who}, $3 text when, with a zone (null: at once; UTC+2 is
-- +2, as people mean it: for PostgreSQL, as for POSIX, it lies west of Greenwich), $4 int4
-- letters a minute (0: as many as can be); of a letter with several subjects $5 int4 of a hundred how many try them, $6 int4 hours until
-- the rest gets the best; $7 int4 letters in the first day of sending (0: no such limit), twice as many in each day more, $8 int4 1: at
-- that time of each reader's country
-- → text its state; null: there is none of that name; any but sending: nothing was done
SELECT countersign.mailing_send($1, $2, regexp_replace($3, '(?<![/a-z])(utc|gmt)(?=[-+])', '', 'i'), nullif($4, 0), $5, $6, nullif($7, 0),
                                $8 = 1)
