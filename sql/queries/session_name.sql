-- What this session is called in pg_stat_activity and in the server's log.
-- $1 name text
SELECT set_config('application_name', $1, false)
