/* What PostgreSQL is told of a batch, and when. The lines of the log are in
 * tests/flow/test_watch.py. */
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fake_fcgi.inc"
#include "serve/trace.h"
#include "store/session.h"
#include "unit.h"

#define ID "0123456789abcdef0123456789abcdef"

static struct fcgi_request fcgi;
static struct request request;
static struct request *const requests[] = {&request};
static const struct traced batch = {7, 0, requests, 1};
static struct trace trace;
static struct pg *pg; /* which connects to nobody */
static char told[128];
static int times;
static enum status answer;

/* --- in place of store --- */

enum status session_name(struct pg *of, struct text name, int64_t deadline_ms) {
    ck_assert_ptr_eq(of, pg);
    (void)deadline_ms;
    times++;
    ck_assert(text_store(name, told, sizeof told));
    return answer;
}

static void set_up(void) {
    pg = pg_new(&(struct pg_options){.conninfo = "host=/nowhere"});
    fake_fcgi_init(&fcgi);
    fake_fcgi_set(&fcgi, "REQUEST_ID", ID);
    request.fcgi = &fcgi;
    trace = (struct trace){.name = "countersignd.15 committer"};
    times = 0;
    answer = ST_OK;
}

static void tear_down(void) {
    log_set_level(LOG_INFO);
    fake_fcgi_done(&fcgi);
    pg_free(&pg);
}

static void begin(enum log_level level) {
    log_set_level(level);
    trace_begin(&trace, pg, &batch);
}

START_TEST(nothing_is_told_unless_it_is_asked_for) {
    begin(LOG_INFO);
    ck_assert_int_eq(times, 0);
}
END_TEST

START_TEST(the_first_request_stands_behind_our_name_and_goes_again) {
    begin(LOG_DEBUG);
    ck_assert_str_eq(told, "countersignd.15 committer " ID);
    ck_assert_uint_lt(strlen(told), 64); /* PostgreSQL keeps 63 bytes */
    begin(LOG_INFO);
    ck_assert_str_eq(told, "countersignd.15 committer");
    begin(LOG_INFO);
    ck_assert_int_eq(times, 2);
}
END_TEST

START_TEST(a_name_that_did_not_arrive_is_not_taken_back) {
    answer = ST_UNAVAILABLE;
    begin(LOG_DEBUG);
    begin(LOG_INFO);
    ck_assert_int_eq(times, 1);
}
END_TEST

START_TEST(what_is_no_id_of_nginx_is_not_told) {
    fake_fcgi_set(&fcgi, "REQUEST_ID", "ada@example.org");
    begin(LOG_DEBUG);
    ck_assert_str_eq(told, "countersignd.15 committer");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("trace");
    TCase *cases = tcase_create("trace");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, nothing_is_told_unless_it_is_asked_for);
    tcase_add_test(cases, the_first_request_stands_behind_our_name_and_goes_again);
    tcase_add_test(cases, a_name_that_did_not_arrive_is_not_taken_back);
    tcase_add_test(cases, what_is_no_id_of_nginx_is_not_told);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
