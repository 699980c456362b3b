-- Takes in subscribers who agreed elsewhere. Safe to repeat.
-- $1 bytea[] mailbox, $2 int8 epoch, $3 bytea[] sealed (bound to petition 0 and the mailbox), $4 text[] country, $5 text[] region, $6 text[] locale,
-- $7 text[] topics with | between (empty: all), $8 text[] when they agreed, $9 text[] where, $10 text[] to which words;
-- who may have signed: $11 int4[] place in the other arrays, $12 int4[] petition, $13 bytea[] blind index;
-- $14 text[] how often they want letters (weekly, monthly; else every one)
-- → text[] new, on, off, or why the mailbox gets no letters (refused, bounced, complained), in their order
SELECT countersign.subscriber_frequency(
    countersign.subscriber_import($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13), $1, $14)
