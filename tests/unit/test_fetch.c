/* Asks a real listener of link/http. */
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "link/fetch.h"
#include "link/http.h"

static char folder[64], path[96], listen_at[128];
static struct http *http;
static struct buffer got;

static bool handle(void *context, const char *asked, struct http_answer *answer) {
    (void)context;
    if (strcmp(asked, "/long") == 0) {
        for (int i = 0; i < 1000; i++)
            buffer_add_string(&answer->body, "0123456789");
        return true;
    }
    buffer_add_string(&answer->body, "a_total 1\n");
    return strcmp(asked, "/metrics") == 0;
}

static void set_up(void) {
    char why[128];
    strcpy(folder, "/tmp/countersign-fetch-XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/socket", folder);
    snprintf(listen_at, sizeof listen_at, "unix:%s", path);
    struct http_options options = {.listen = listen_at, .handler = handle};
    ck_assert_int_eq(http_start(&options, &http, why, sizeof why), ST_OK);
    buffer_init(&got, 1000);
}

static void tear_down(void) {
    http_stop(&http);
    buffer_done(&got);
    rmdir(folder);
}

START_TEST(a_listener_answers_by_each_form_of_its_path) {
    const char *const forms[] = {listen_at, path, path + 1};
    ck_assert_int_eq(chdir("/"), 0);
    ck_assert_int_eq(fetch_text(forms[_i], "/metrics", 5000, &got), ST_OK);
    ck_assert(text_is(buffer_text(&got), "a_total 1\n"));
}
END_TEST

START_TEST(what_is_not_there_is_told) {
    ck_assert_int_eq(fetch_text(path, "/nothing", 5000, &got), ST_NOT_FOUND);
    ck_assert_int_eq(fetch_text("/nowhere", "/metrics", 5000, &got), ST_UNAVAILABLE);
    ck_assert_int_eq(fetch_text("127.0.0.1:1", "/metrics", 5000, &got), ST_UNAVAILABLE);
}
END_TEST

START_TEST(an_answer_beyond_the_limit_is_refused) {
    ck_assert_int_eq(fetch_text(path, "/long", 5000, &got), ST_FAULT);
}
END_TEST

START_TEST(an_address_is_no_url) {
    static const char *const wrong[] = {"",          "host",           "user@host:80", "host:80/x?",
                                        "host:80#x", "http://host:80", "a b:80"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
        ck_assert_msg(fetch_text(wrong[i], "/metrics", 1000, &got) == ST_INVALID, "%s", wrong[i]);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fetch");
    TCase *cases = tcase_create("fetch");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, a_listener_answers_by_each_form_of_its_path, 0, 3);
    tcase_add_test(cases, what_is_not_there_is_told);
    tcase_add_test(cases, an_answer_beyond_the_limit_is_refused);
    tcase_add_test(cases, an_address_is_no_url);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
