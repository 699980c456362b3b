-- Tells those who look at pg_locks which version of the catalog this session's worker goes by: a shared lock with that number, as
-- long as the session lasts. Not behind a pooler, where it would stay with somebody else's session.
-- $1 int8 version
SELECT pg_advisory_unlock_all(), pg_advisory_lock_shared(7236846, $1::bigint::integer)
