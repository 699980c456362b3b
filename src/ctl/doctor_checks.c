#include <stdarg.h>
#include <stdio.h>

#include "ctl/doctor.h"

enum { FOUND_SIZE = 400 };

static const struct doctor_row rows[DOCTOR_CHECKS] = {
    [CHECK_FSYNC] = {"fsync", "PostgreSQL does not wait for the disk",
                     "acknowledged signatures can be lost; set fsync = on"},
    [CHECK_FULL_PAGES] = {"full_page_writes",
                          "PostgreSQL does not protect pages that are half written",
                          "the database can break in a power cut; set full_page_writes = on"},
    [CHECK_SYNCHRONOUS] =
        {"synchronous_commit", "commits are acknowledged before they are on disk",
         "acknowledged signatures can be lost; set synchronous_commit = on, also for this role"},
    [CHECK_STANDBY] = {"standby",
                       "several hosts may lead, and a commit is acknowledged by one of them alone",
                       "a failover loses acknowledged signatures; set synchronous_standby_names "
                       "(Patroni: synchronous_mode), and no synchronous_commit = local"},
    [CHECK_AUTOVACUUM] =
        {"autovacuum", "nothing tidies up the tables",
         "they grow and slow down without end; set autovacuum = on and track_counts = on"},
    [CHECK_LOG_STATEMENT] = {"log_statement",
                             "PostgreSQL writes statements with their parameters into its log",
                             "names and comments that people chose to show, and who signed when, "
                             "end up there; set log_statement = none, and delete those logs"},
    [CHECK_LOG_DURATION] = {"log_min_duration",
                            "PostgreSQL writes slow statements with their parameters into its log",
                            "set log_parameter_max_length = 0 (the statement alone is logged "
                            "then), and delete those logs"},
    [CHECK_LOG_ON_ERROR] = {"log_parameters",
                            "PostgreSQL writes the parameters of failed statements into its log",
                            "set log_parameter_max_length_on_error = 0, and delete those logs"},
    [CHECK_TCP_TRUST] =
        {"postgres_trust", "PostgreSQL lets in by TCP who gives a wrong password",
         "replace trust by scram-sha-256 in pg_hba.conf, set passwords, and reload"},
    [CHECK_POSTGRES_TLS] = {"postgres_tls",
                            "the connection to PostgreSQL on another host is not encrypted",
                            "turn on ssl there and add sslmode=verify-full to the connection "
                            "string, unless that network is yours alone"},
    [CHECK_REDIS_OPEN] = {"redis_open", "Redis answers who gives no password",
                          "load deploy/redis/users.acl, which turns the default user off"},
    [CHECK_REDIS_REACHED] =
        {"redis_reachable",
         "Redis can be reached from other hosts though its workers are on this one",
         "set bind 127.0.0.1 -::1, or a unix socket alone, and protected-mode yes"},
    [CHECK_REDIS_RIGHTS] = {"redis_rights", "this Redis user may do more than it needs",
                            "load deploy/redis/users.acl and set redis_user"},
    [CHECK_REDIS_POLICY] =
        {"redis_policy", "Redis throws away keys that are in use when its memory is full",
         "set maxmemory-policy volatile-ttl, since every key has a time to live"},
    [CHECK_REDIS_DISK] = {"redis_persistence",
                          "Redis writes to disk what is worth nothing tomorrow",
                          "set save \"\" and appendonly no: it slows Redis down, and limits by "
                          "caller are nothing to keep"},
    [CHECK_REDIS_MEMORY] = {"redis_memory", "Redis may use all memory of its host",
                            "set maxmemory, 256mb is enough for a million callers"},
    [CHECK_CONFIG_OPEN] = {"config_open", "everybody on this host can read the configuration",
                           "it names hosts, roles and where secrets lie: chmod 0640"},
    [CHECK_CONFIG_WRITABLE] =
        {"config_writable", "others than its owner can change the configuration",
         "who can, chooses which keys and servers are used: chmod 0640, and let root own it"},
    [CHECK_CONFIG_PASSWORD] =
        {"config_password", "a password stands in a connection string",
         "put it into a file of its own and name that in the _password_file beside it"},
    [CHECK_SITE_HTTPS] = {"site_https", "links in letters lead to http",
                          "whoever is between can read and sign with what people type: get a "
                          "certificate and set base_url = https://..."},
    [CHECK_OPERATORS_OPEN] =
        {"operators_open", "health and metrics are told at every address of this host",
         "they are never public: set operators_listen to unix:/path, 127.0.0.1:port, or an address "
         "that Prometheus alone reaches"},
    [CHECK_FILE_LIMIT] =
        {"file_limit", "a program may open few files only",
         "it cannot accept a crowd: set LimitNOFILE=65536 (or ulimits) and restart it"},
    [CHECK_UNLOCKED] = {"memory_unlocked", "the keys of a program can be swapped out to disk",
                        "set LimitMEMLOCK=64M (or ulimit -l) and restart it, or have no swap"},
    [CHECK_DISK] = {"disk", "a disk is nearly full",
                    "PostgreSQL stops when its own is: make room, and watch it (node_exporter)"},
    [CHECK_NGINX_TRUST] = {"nginx_trust", "nginx believes everybody's X-Forwarded-For",
                           "whoever likes plays a million callers, and limits mean nothing: name "
                           "the balancer's addresses alone in set_real_ip_from"},
    [CHECK_NGINX_REAL_IP] =
        {"nginx_real_ip",
         "nginx trusts a proxy and reads the caller from another header than X-Forwarded-For",
         "all visitors look like the balancer and are limited together: set real_ip_header "
         "X-Forwarded-For"},
    [CHECK_NGINX_CALLER] = {"nginx_caller", "nginx does not tell the workers who calls",
                            "limits cannot work: include nginx/fastcgi_params.conf as it is "
                            "(fastcgi_param REMOTE_ADDR $remote_addr)"},
    [CHECK_NGINX_SOCKETS] = {"nginx_sockets", "nginx asks for workers where none is",
                             "start them, or name their sockets in nginx/host/upstream.conf"},
    [CHECK_NGINX_BODY] = {"nginx_body", "nginx takes bodies of another size than the workers do",
                          "set client_max_body_size 16k, as nginx/limits.conf does"},
    [CHECK_NGINX_KEEPALIVE] = {"nginx_keepalive", "nginx makes a new connection for each request",
                               "it costs a third of what the machine can do: keepalive in the "
                               "upstream and fastcgi_keep_conn on"},
    [CHECK_NGINX_CACHE] = {"nginx_cache", "the number is not cached by nginx",
                           "every poll reaches a worker: include nginx/count_cache.conf in the "
                           "location of the count"},
    [CHECK_NGINX_HOST] = {"nginx_host",
                          "links in letters lead to a host that nginx does not serve here",
                          "make base_url and server_name agree"},
    [CHECK_NGINX_CERTIFICATE] = {"nginx_certificate",
                                 "browsers refuse the certificate, or will within two weeks",
                                 "nobody gets to the page then: renew it (certbot renew), name it "
                                 "in nginx/host/server.conf, and reload nginx"},
    [CHECK_NGINX_LOG] = {"nginx_log",
                         "nginx writes callers' addresses, or what they ask for, into its logs",
                         "set access_log and error_log in that server as nginx/host/server.conf "
                         "does (the format countersign; alert), and delete those logs"},
    [CHECK_NGINX_CORES] = {"nginx_cores", "nginx writes cores",
                           "they hold what people typed: remove worker_rlimit_core"}};

void doctor_judge(struct doctor *doctor, bool wrong, enum doctor_level level,
                  enum doctor_check check, const char *format, ...) {
    const struct doctor_row *row = &rows[check];
    char found[FOUND_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(found, sizeof found, format, arguments);
    va_end(arguments);
    if (wrong) {
        doctor_say(doctor, level, row->name, "%s: %s: %s", found, row->wrong, row->advice);
    } else {
        doctor_say(doctor, DOCTOR_OK, row->name, "%s", found);
    }
}

void doctor_list(struct output *out) {
    output_string(out, "| finding | what is wrong | what to do |\n|---|---|---|\n");
    for (size_t i = 0; i < DOCTOR_CHECKS; i++) {
        output_printf(out, "| `%s` | %s | %s |\n", rows[i].name, rows[i].wrong, rows[i].advice);
    }
}
