#include "unit.h"

#include <stdio.h>
#include <string.h>

#include "core/settings.h"

#define WORKER                                                                                     \
    "database = host=/run dbname=countersign\nredis = unix:/run/redis.sock\nsocket = "             \
    "/run/a.sock\n"                                                                                \
    "operators_listen = 127.0.0.1:9101\nbase_url = https://example.org\nindex_key_file = "         \
    "/k/index\n"                                                                                   \
    "public_keys_file = /k/public\nmailing_public_key_file = /k/mailing\n"

static struct arena *arena;
static struct settings settings;
static struct config_error error;

static enum status load(const char *content, enum settings_for program) {
    memset(&error, 0, sizeof error);
    return settings_load(unit_write("s.conf", content), program, arena, &settings, &error);
}

START_TEST(a_worker_has_all_that_it_needs) {
    ck_assert_msg(load(WORKER, SETTINGS_WORKER) == ST_OK, "%s", error.message);
    ck_assert_str_eq(settings.database, "host=/run dbname=countersign");
    ck_assert_str_eq(settings.base_url, "https://example.org");
    ck_assert_int_eq(settings.slot, 0);
    ck_assert_int_eq(settings.io_threads, 2);
    ck_assert_int_eq(settings.batch_limit, 256);
    ck_assert_int_eq(settings.queue_limit, 4096);
    ck_assert_int_eq(settings.request_timeout_ms, 5000);
    ck_assert_int_eq(settings.statement_timeout_ms, 3000);
    ck_assert_int_eq(settings.lock_timeout_ms, 1000);
    ck_assert_int_eq(settings.redis_timeout_ms, 100);
    ck_assert_int_eq(settings.epoch_s, 300);
    ck_assert_int_eq(settings.limit_signing_burst, 250);
    ck_assert_int_eq(settings.limit_signing_per_hour, 1000);
    ck_assert_int_eq(settings.limit_petition_per_hour, 0);
    ck_assert_int_eq(settings.limit_tokens_per_minute, 60);
    ck_assert_int_eq(settings.limit_letters_per_day, 5);
    ck_assert_int_eq(settings.poll_after_s, 5);
    ck_assert_int_eq(settings.log_level, LOG_INFO);
    ck_assert_ptr_null(settings.redis_user);
}
END_TEST

static const struct {
    const char *line, *name; /* NULL: taken up without a restart, or no worker's */
} changes[] = {{"", NULL},
               {"io_threads = 2\n", NULL},
               {"io_threads = 3\n", "io_threads"},
               {"redis_timeout_ms = 99\n", "redis_timeout_ms"},
               {"redis_user = worker\n", "redis_user"},
               {"database_password_file = /k/password\n", "database_password_file"},
               {"limit_signing_burst = 3\n", NULL},
               {"log_level = error\n", NULL},
               {"origins = https://example.com\n", NULL},
               {"pages_folder = /pages\n", NULL},
               {"blocked_addresses_file = /k/blocked\n", NULL},
               {"operator_database = host=/run\n", NULL},
               {"smtp_user = me\n", NULL}};

START_TEST(what_a_worker_takes_up_when_it_starts_alone_is_named) {
    char content[1024];
    size_t at = 0;
    ck_assert_int_eq(load(WORKER, SETTINGS_WORKER), ST_OK);
    struct settings started = settings;
    snprintf(content, sizeof content, "%s%s", WORKER, changes[_i].line);
    ck_assert_int_eq(load(content, SETTINGS_WORKER), ST_OK);
    ck_assert_pstr_eq(settings_next_fixed(&started, &settings, &at), changes[_i].name);
    ck_assert_ptr_null(settings_next_fixed(&started, &settings, &at));
}
END_TEST

static const char *const needed[] = {
    "database", "redis",          "socket",           "operators_listen",
    "base_url", "index_key_file", "public_keys_file", "mailing_public_key_file"};

START_TEST(O14_what_a_worker_misses_is_named) {
    char content[1024], expected[128];
    strcpy(content, WORKER);
    snprintf(expected, sizeof expected, "%s = ", needed[_i]);
    *strstr(content, expected) = '#';
    ck_assert_int_eq(load(content, SETTINGS_WORKER), ST_INVALID);
    int end = 1;
    for (const char *c = content; *c; c++) {
        end += *c == '\n';
    }
    snprintf(expected, sizeof expected, "s.conf:%d: %s is missing: add the line", end, needed[_i]);
    ck_assert_msg(strstr(error.message, expected) != NULL, "%s", error.message);
}
END_TEST

#define MAILER                                                                                     \
    "mailer_database = host=/run\nmailing_key_file = /k/mailing.key\nsmtp_hello = a.example\n"     \
    "mail_from = petitions@example.org\noperators_listen = 127.0.0.1:9102\n"                       \
    "base_url = https://example.org\n"

START_TEST(M7_a_mailer_speaks_tls_unless_the_server_is_here) {
    ck_assert_msg(load(MAILER "smtp_server = smtp.example.org:587\n", SETTINGS_MAILER) == ST_OK,
                  "%s", error.message);
    ck_assert_str_eq(settings.smtp_tls, "starttls");
    ck_assert_int_eq(settings.mail_reminder_days, 3);
    ck_assert_int_eq(
        load(MAILER "smtp_server = smtp.example.org:25\nsmtp_tls = none\n", SETTINGS_MAILER),
        ST_INVALID);
    ck_assert_int_eq(load(MAILER "smtp_server = 127.0.0.1:25\nsmtp_tls = none\n", SETTINGS_MAILER),
                     ST_OK);
    ck_assert_int_eq(load(MAILER, SETTINGS_MAILER), ST_INVALID);
}
END_TEST

static const struct {
    const char *server;
    enum status status;
} plain[] = {
    {"127.0.0.1:25", ST_OK},
    {"127.3.2.1:25", ST_OK},
    {"localhost:25", ST_OK},
    {"[::1]:25", ST_OK},
    {"127.0.0.1.example.org:25", ST_INVALID},
    {"127.0.0.1a:25", ST_INVALID},
    {"localhost.example.org:25", ST_INVALID},
    {"10.0.0.1:25", ST_INVALID},
    {"[::2]:25", ST_INVALID},
    {"12.7.0.0:25", ST_INVALID},
};

START_TEST(M7_no_name_looks_like_this_host) {
    char content[1024];
    snprintf(content, sizeof content, MAILER "smtp_server = %s\nsmtp_tls = none\n",
             plain[_i].server);
    ck_assert_msg(load(content, SETTINGS_MAILER) == plain[_i].status, "%s", plain[_i].server);
}
END_TEST

START_TEST(M8_a_user_has_a_password) {
#define SERVER MAILER "smtp_server = smtp.example.org:587\n"
    ck_assert_int_eq(load(SERVER "smtp_user = us\n", SETTINGS_MAILER), ST_INVALID);
    ck_assert_ptr_nonnull(strstr(error.message, "smtp_user without smtp_password_file"));
    ck_assert_int_eq(load(SERVER "smtp_user = us\nsmtp_password_file = /k/p\n", SETTINGS_MAILER),
                     ST_OK);
    ck_assert_int_eq(load(SERVER "smtp_password_file = /k/p\n", SETTINGS_MAILER), ST_OK);
    ck_assert_int_eq(load(WORKER "smtp_user = us\n", SETTINGS_WORKER), ST_OK);
}
END_TEST

static const char *const wrong_mail[] = {
    "smtp_tls = maybe",           "smtp_server = smtp.example.org",  "smtp_server = :25",
    "mail_lease_s = 100",         "mail_from = example.org",         "mail_from = a b@example.org",
    "mail_from = <a@example.org", "mail_from = a@b@c.example",       "mail_from = a@",
    "smtp_hello = a/b",           "mail_return_domain = EXAMPLE.ORG"};

START_TEST(M16_what_a_mailer_cannot_say_is_refused) {
    char content[2048];
    const char *name = wrong_mail[_i];
    snprintf(content, sizeof content, "%s\n", name);
    if (strncmp(name, "mail_from", 9) != 0 && strncmp(name, "smtp_hello", 10) != 0)
        snprintf(content, sizeof content, MAILER "%s\n%s", name,
                 strncmp(name, "smtp_server", 11) == 0 ? "" : "smtp_server = a.example:25\n");
    ck_assert_int_eq(
        load(content, strstr(content, "mailer_database") ? SETTINGS_MAILER : SETTINGS_TABLE),
        ST_INVALID);
}
END_TEST

START_TEST(each_program_needs_its_own) {
    ck_assert_int_eq(load("owner_database = x\n", SETTINGS_MIGRATE), ST_OK);
    ck_assert_int_eq(load("", SETTINGS_MIGRATE), ST_INVALID);
    ck_assert_int_eq(load("", SETTINGS_TABLE), ST_OK);
    ck_assert_int_eq(load("mailer_database = x\n", SETTINGS_RECEIVE), ST_OK);
    ck_assert_int_eq(load("", SETTINGS_RECEIVE), ST_INVALID);
    ck_assert_int_eq(
        load("operator_database = x\nredis = redis://[::1]:6379/2\nindex_key_file = /k\n",
             SETTINGS_OPERATOR),
        ST_OK);
    ck_assert_int_eq(load("operator_database = x\n", SETTINGS_OPERATOR), ST_INVALID);
    ck_assert_int_eq(settings_load(NULL, SETTINGS_WORKER, arena, &settings, &error), ST_INVALID);
    ck_assert_str_eq(error.message,
                     "environment (no --config, and no " CONFIG_USUAL "): database is missing: "
                     "add the line `database = ...`");
}
END_TEST

struct wrong {
    const char *line, *said;
};

#define THREE "https://a.org https://b.org https://c.org "
#define FIFTEEN THREE THREE THREE THREE THREE

static const struct wrong wrongs[] = {
    {"redis = rediss://x:1",
     ":1: redis must be `unix:/path` or `redis://host:port`: there is no TLS"}, /* R15 */
    {"redis = localhost:6379", ":1: redis must be"},
    {"redis = redis://localhost", ":1: redis must be"},
    {"redis = redis://localhost:6379/x", ":1: redis must be"},
    {"redis = redis://localhost:6379/", ":1: redis must be"},
    {"redis = redis://localhost:6379/12345", ":1: redis must be"},
    {"redis = unix:", ":1: redis must be"},
    {"base_url = https://example.org/", ":1: base_url must be"},
    {"base_url = example.org", ":1: base_url must be"},
    {"base_url = https://example.org:443", ":1: base_url must be"},
    {"origins = https://a.org  https://b.org/", ":1: origins must be"},
    {"origins = " FIFTEEN " https://p.org", ":1: origins must be"},
    {"operators_listen = 9101", ":1: operators_listen must be"},
    {"operators_listen = unix:", ":1: operators_listen must be"},
    {"slot = 16", ":1: slot must be a whole number from 0 to 15"},
    {"slot = -1", ":1: slot must be"},
    {"io_threads = 0", ":1: io_threads must be"},
    {"io_threads = 65", ":1: io_threads must be"},
    {"batch_limit = 1025", ":1: batch_limit must be"},
    {"request_timeout_ms = -5", ":1: request_timeout_ms must be"},
    {"limit_letters_per_day = 0", ":1: limit_letters_per_day must be"},
    {"log_level = verbose", ":1: log_level must be"},
    {"databse = x", ":1: unknown name 'databse'"},
    {"request_timeout_ms = 3000", "request_timeout_ms must be more than statement_timeout_ms"},
    {"statement_timeout_ms = 1000", "statement_timeout_ms must be more than lock_timeout_ms"},
    {"redis_timeout_ms = 3001", "redis_timeout_ms must not be more than statement_timeout_ms"},
};

START_TEST(O14_R15_what_is_wrong_is_told_in_one_line) {
    settings.slot = 42;
    ck_assert_int_eq(load(wrongs[_i].line, SETTINGS_TABLE), ST_INVALID);
    ck_assert_msg(strstr(error.message, wrongs[_i].said) != NULL, "%s", error.message);
    ck_assert_ptr_null(strchr(error.message, '\n'));
    ck_assert_int_eq(settings.slot, 42);
}
END_TEST

START_TEST(fifteen_further_origins_are_taken) {
    ck_assert_int_eq(load("origins = " FIFTEEN, SETTINGS_TABLE), ST_OK);
}
END_TEST

START_TEST(paths_of_sockets_have_a_longest_length) {
    char line[200];
    snprintf(line, sizeof line, "socket = /%0106d", 0);
    ck_assert_int_eq(load(line, SETTINGS_TABLE), ST_OK);
    snprintf(line, sizeof line, "socket = /%0107d", 0);
    ck_assert_int_eq(load(line, SETTINGS_TABLE), ST_INVALID);
    snprintf(line, sizeof line, "redis = unix:/%0107d", 0);
    ck_assert_int_eq(load(line, SETTINGS_TABLE), ST_INVALID);
    static char path[4200];
    memset(path, 'x', sizeof path - 1);
    memcpy(path, "index_key_file = ", 17);
    ck_assert_int_eq(load(path, SETTINGS_TABLE), ST_INVALID);
}
END_TEST

START_TEST(the_table_explains_every_name) {
    size_t count;
    const struct config_key *keys = settings_keys(&count);
    ck_assert_uint_gt(count, 30);
    for (size_t i = 0; i < count; i++) {
        ck_assert_ptr_nonnull(keys[i].help);
        ck_assert_uint_le(strlen(keys[i].help), 80);
        size_t len = strlen(keys[i].name);
        bool file = len > 5 && strcmp(keys[i].name + len - 5, "_file") == 0;
        ck_assert_int_eq(keys[i].type == CONFIG_FILE, file);
        for (size_t k = 0; k < i; k++) {
            ck_assert_str_ne(keys[i].name, keys[k].name);
            ck_assert_uint_ne(keys[i].offset, keys[k].offset);
        }
    }
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("settings");
    TCase *cases = tcase_create("settings");
    unit_folder();
    arena = arena_new(4096, 1 << 20);
    tcase_add_test(cases, a_worker_has_all_that_it_needs);
    tcase_add_loop_test(cases, what_a_worker_takes_up_when_it_starts_alone_is_named, 0,
                        COUNT(changes));
    tcase_add_loop_test(cases, O14_what_a_worker_misses_is_named, 0, COUNT(needed));
    tcase_add_test(cases, M7_a_mailer_speaks_tls_unless_the_server_is_here);
    tcase_add_loop_test(cases, M7_no_name_looks_like_this_host, 0, sizeof plain / sizeof plain[0]);
    tcase_add_test(cases, M8_a_user_has_a_password);
    tcase_add_loop_test(cases, M16_what_a_mailer_cannot_say_is_refused, 0,
                        (int)(sizeof wrong_mail / sizeof wrong_mail[0]));
    tcase_add_test(cases, each_program_needs_its_own);
    tcase_add_loop_test(cases, O14_R15_what_is_wrong_is_told_in_one_line, 0, COUNT(wrongs));
    tcase_add_test(cases, fifteen_further_origins_are_taken);
    tcase_add_test(cases, paths_of_sockets_have_a_longest_length);
    tcase_add_test(cases, the_table_explains_every_name);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}
