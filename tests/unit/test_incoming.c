/* Whole messages are tests/data/incoming; here is what stands in no message. */
#include "unit.h"

#include <string.h>

#include "core/incoming.h"

#define KEY "aaah7777777777777777777777776"
#define FIELD(place, name, value)                                                                  \
    {                                                                                              \
        INCOMING_##place, {name, sizeof name - 1}, {                                               \
            value, sizeof value - 1                                                                \
        }                                                                                          \
    }

static const struct incoming_field mail[] = {
    FIELD(HEADER, "To", "unsubscribe+" KEY "@a.example"),
    FIELD(HEADER, "Subject", "unsubscribe"),
};

START_TEST(what_the_server_says_counts_before_the_headers) {
    struct incoming incoming = incoming_classify(text_of(NULL), mail, 2);
    ck_assert_int_eq(incoming.kind, INCOMING_UNSUBSCRIBE);
    ck_assert(incoming.has_key);
    incoming = incoming_classify(text_of("bounce+" KEY "@a.example"), mail, 2);
    ck_assert_int_eq(incoming.kind, INCOMING_JUNK);
    ck_assert(incoming.has_key);
    incoming = incoming_classify(text_of("petitions@a.example"), mail, 2);
    ck_assert_int_eq(incoming.kind, INCOMING_JUNK);
    ck_assert(!incoming.has_key);
}
END_TEST

static const struct {
    const char *status;
    enum incoming_kind kind;
} statuses[] = {
    {"5.0.0", INCOMING_DSN_SOFT},  {"5.1.1", INCOMING_DSN_HARD},   {"5.1.2", INCOMING_DSN_HARD},
    {"5.1.3", INCOMING_DSN_HARD},  {"5.1.6", INCOMING_DSN_HARD},   {"5.1.7", INCOMING_DSN_SOFT},
    {"5.1.8", INCOMING_DSN_SOFT},  {"5.1.10", INCOMING_DSN_HARD},  {"5.2.0", INCOMING_DSN_SOFT},
    {"5.2.1", INCOMING_DSN_HARD},  {"5.2.2", INCOMING_DSN_SOFT},   {"5.2.10", INCOMING_DSN_SOFT},
    {"5.3.4", INCOMING_DSN_SOFT},  {"5.4.1", INCOMING_DSN_HARD},   {"5.4.4", INCOMING_DSN_HARD},
    {"5.4.14", INCOMING_DSN_SOFT}, {"5.5.2", INCOMING_DSN_SOFT},   {"5.6.0", INCOMING_DSN_SOFT},
    {"5.7.1", INCOMING_DSN_SOFT},  {"5.7.13", INCOMING_DSN_HARD},  {"5.10.1", INCOMING_DSN_SOFT},
    {"4.1.1", INCOMING_DSN_SOFT},  {"2.1.1", INCOMING_DSN_SOFT},   {"", INCOMING_DSN_SOFT},
    {"5", INCOMING_DSN_SOFT},      {"5.1", INCOMING_DSN_SOFT},     {"5.1.1.1", INCOMING_DSN_SOFT},
    {"51.1.1", INCOMING_DSN_SOFT}, {"5.1.1111", INCOMING_DSN_SOFT}};

enum { STATUSES = sizeof statuses / sizeof statuses[0] };

START_TEST(M3_M4_only_what_is_about_the_mailbox_is_hard) {
    const char *status = statuses[_i].status;
    const struct incoming_field fields[] = {
        FIELD(HEADER, "Content-Type", "multipart/report; report-type=delivery-status"),
        FIELD(REPORT, "", ""),
        FIELD(REPORT, "Action", "failed"),
        {INCOMING_REPORT, {"Status", 6}, {status, strlen(status)}},
    };
    struct incoming incoming = incoming_classify(text_of("bounce+" KEY "@a.example"), fields, 4);
    ck_assert_msg(incoming.kind == statuses[_i].kind, "%s: %s", status,
                  incoming_kind_name(incoming.kind));
    ck_assert(incoming.kind == INCOMING_DSN_SOFT || strcmp(incoming.status, status) == 0);
}
END_TEST

/* What Exim says of others' refusals. */
static const struct {
    const char *status, *diagnostic;
    enum incoming_kind kind;
} diagnostics[] = {
    {"5.0.0", "smtp; 550 5.1.1 <a@example.org>: unknown", INCOMING_DSN_HARD},
    {"5.0.0", "SMTP;550-5.1.1 The email account that you tried to reach", INCOMING_DSN_HARD},
    {"5.0.0", "smtp; 552 5.2.2 full", INCOMING_DSN_SOFT},
    {"5.0.0", "smtp; 550 5.7.1 5.1.1 spam", INCOMING_DSN_SOFT},
    {"5.0.0", "smtp; 550 No such user", INCOMING_DSN_SOFT},
    {"5.0.0", "smtp; 5.1.1", INCOMING_DSN_SOFT},
    {"5.0.0", "smtp; 550", INCOMING_DSN_SOFT},
    {"5.0.0", "smtp; ", INCOMING_DSN_SOFT},
    {"5.0.0", "x-unix; 550 5.1.1 unknown", INCOMING_DSN_SOFT},
    {"5.7.1", "smtp; 550 5.1.1 unknown", INCOMING_DSN_SOFT},
    {"4.0.0", "smtp; 550 5.1.1 unknown", INCOMING_DSN_SOFT},
};

enum { DIAGNOSTICS = sizeof diagnostics / sizeof diagnostics[0] };

START_TEST(M3_a_status_that_says_nothing_is_looked_for_in_what_the_server_said) {
    const char *status = diagnostics[_i].status, *said = diagnostics[_i].diagnostic;
    const struct incoming_field fields[] = {
        FIELD(HEADER, "Content-Type", "multipart/report; report-type=delivery-status"),
        FIELD(REPORT, "", ""),
        FIELD(REPORT, "Action", "failed"),
        {INCOMING_REPORT, {"Status", 6}, {status, strlen(status)}},
        {INCOMING_REPORT, {"Diagnostic-Code", 15}, {said, strlen(said)}},
    };
    struct incoming incoming = incoming_classify(text_of("bounce+" KEY "@a.example"), fields, 5);
    ck_assert_msg(incoming.kind == diagnostics[_i].kind, "%s", said);
    ck_assert(incoming.kind == INCOMING_DSN_SOFT || strcmp(incoming.status, "5.1.1") == 0);
}
END_TEST

START_TEST(every_kind_has_a_name) {
    for (int kind = 0; kind < INCOMING_KINDS; kind++) {
        ck_assert_uint_gt(strlen(incoming_kind_name((enum incoming_kind)kind)), 3);
    }
    ck_assert_str_eq(incoming_kind_name(INCOMING_KINDS), "");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("incoming");
    TCase *cases = tcase_create("incoming");
    tcase_add_test(cases, what_the_server_says_counts_before_the_headers);
    tcase_add_loop_test(cases, M3_M4_only_what_is_about_the_mailbox_is_hard, 0, STATUSES);
    tcase_add_loop_test(cases, M3_a_status_that_says_nothing_is_looked_for_in_what_the_server_said,
                        0, DIAGNOSTICS);
    tcase_add_test(cases, every_kind_has_a_name);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
