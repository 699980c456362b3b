-- What PostgreSQL is set to, as this session sees it.
-- → role text, superuser bool, version int4, encoding text, fsync text, full_page_writes text, synchronous_commit text,
--   connections int4 (for ordinary roles), in_recovery bool, now timestamptz, autovacuum bool (with track_counts),
--   log_statement text, log_duration_ms int4 (-1: never), log_parameters int4 (bytes of each; -1: whole), log_parameters_on_error int4,
--   listens text (addresses, '': not by TCP), port text, encrypted bool (this connection), elsewhere bool (by TCP from another host),
--   standbys text (who has to have a commit before it is acknowledged, '': nobody), database text, by_socket bool (this connection)
SELECT current_user::text, (SELECT r.rolsuper FROM pg_roles r WHERE r.rolname = current_user),
       current_setting('server_version_num')::int4, current_setting('server_encoding'), current_setting('fsync'),
       current_setting('full_page_writes'), current_setting('synchronous_commit'),
       current_setting('max_connections')::int4 - current_setting('superuser_reserved_connections')::int4,
       pg_is_in_recovery(), clock_timestamp(), current_setting('autovacuum')::bool AND current_setting('track_counts')::bool,
       current_setting('log_statement'),
       (SELECT CASE WHEN current_setting('log_transaction_sample_rate')::float8 > 0 THEN 0
                    ELSE coalesce(min(s.setting::int4) FILTER (WHERE s.setting::int4 >= 0), -1) END
          FROM pg_settings s WHERE s.name IN ('log_min_duration_statement', 'log_min_duration_sample')),
       (SELECT s.setting::int4 FROM pg_settings s WHERE s.name = 'log_parameter_max_length'),
       (SELECT s.setting::int4 FROM pg_settings s WHERE s.name = 'log_parameter_max_length_on_error'),
       current_setting('listen_addresses'), current_setting('port'),
       coalesce((SELECT t.ssl FROM pg_stat_ssl t WHERE t.pid = pg_backend_pid()), false),
       coalesce(inet_server_addr() <> inet_client_addr() AND NOT inet_server_addr() <<= inet '127.0.0.0/8', false),
       current_setting('synchronous_standby_names'),
       current_database()::text, inet_server_addr() IS NULL
