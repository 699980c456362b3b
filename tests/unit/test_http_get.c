/* One question to the operators' listener. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "link/http.h"
#include "link/http_get.h"

enum { TIMEOUT_MS = 5000, SHORT_MS = 100, LIMIT = 256 };

static char address[512], why[128];
static struct http *http;
static struct buffer body;

static bool handle(void *context, const char *asked, struct http_answer *answer) {
    (void)context;
    if (strcmp(asked, "/readyz") == 0) {
        answer->status = 503;
        buffer_add_string(&answer->body, "database: no answer\n");
        return true;
    }
    if (strcmp(asked, "/long") == 0) {
        for (int i = 0; i < LIMIT; i++) {
            buffer_add_string(&answer->body, "0123456789");
        }
        return true;
    }
    return false;
}

static void set_up(void) {
    const struct http_options options = {address, handle, NULL};
    snprintf(address, sizeof address, "unix:%s/socket", unit_folder());
    buffer_init(&body, LIMIT);
    ck_assert_int_eq(http_start(&options, &http, why, sizeof why), ST_OK);
}

static void tear_down(void) {
    http_stop(&http);
    buffer_done(&body);
    unit_remove();
}

START_TEST(the_answer_comes_with_its_status) {
    int code = 0;
    ck_assert_int_eq(http_get(address, "/readyz", TIMEOUT_MS, &code, &body), ST_OK);
    ck_assert_int_eq(code, 503);
    unit_assert_text(buffer_text(&body), "database: no answer\n");
    buffer_reset(&body);
    ck_assert_int_eq(http_get(address, "/nothing", TIMEOUT_MS, &code, &body), ST_OK);
    ck_assert_int_eq(code, 404);
}
END_TEST

START_TEST(an_answer_that_is_too_long_is_told) {
    int code = 7;
    ck_assert_int_eq(http_get(address, "/long", TIMEOUT_MS, &code, &body), ST_LIMITED);
    ck_assert_int_eq(code, 7);
}
END_TEST

START_TEST(nobody_there_is_unavailable) {
    int code = 7;
    ck_assert_int_eq(http_get("unix:/nowhere", "/readyz", TIMEOUT_MS, &code, &body),
                     ST_UNAVAILABLE);
    ck_assert_int_eq(http_get("127.0.0.1:1", "/readyz", SHORT_MS, &code, &body), ST_UNAVAILABLE);
    ck_assert_int_eq(code, 7);
}
END_TEST

START_TEST(it_works_by_tcp_and_past_a_proxy) {
    const struct http_options options = {"127.0.0.1:8239", handle, NULL};
    struct http *tcp = NULL;
    int code = 0;
    setenv("http_proxy", "http://127.0.0.1:1", 1);
    ck_assert_int_eq(http_start(&options, &tcp, why, sizeof why), ST_OK);
    ck_assert_int_eq(http_get("127.0.0.1:8239", "/readyz", TIMEOUT_MS, &code, &body), ST_OK);
    ck_assert_int_eq(code, 503);
    http_stop(&tcp);
    unsetenv("http_proxy");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("http_get");
    TCase *cases = tcase_create("question");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, the_answer_comes_with_its_status);
    tcase_add_test(cases, an_answer_that_is_too_long_is_told);
    tcase_add_test(cases, nobody_there_is_unavailable);
    tcase_add_test(cases, it_works_by_tcp_and_past_a_proxy);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
