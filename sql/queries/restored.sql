-- What is held since the last restore; the first time it also holds it. Safe to repeat with false.
-- $1 bool there was a restore that PostgreSQL does not show: makes the present counts newer than any published
-- → held int8, number int8, changed_at timestamptz
SELECT held, number, changed_at FROM countersign.restored($1)
