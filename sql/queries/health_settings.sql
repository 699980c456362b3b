-- What PostgreSQL is set to, as this session sees it.
-- → role text, superuser bool, version int4, encoding text, fsync text, full_page_writes text, synchronous_commit text,
--   connections int4 (for ordinary roles), in_recovery bool, now timestamptz
SELECT current_user::text, (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user),
       current_setting('server_version_num')::int4, current_setting('server_encoding'), current_setting('fsync'),
       current_setting('full_page_writes'), current_setting('synchronous_commit'),
       current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4,
       pg_is_in_recovery(), clock_timestamp()
