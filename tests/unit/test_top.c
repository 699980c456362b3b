#include "unit.h"

#include <string.h>

#include "core/json.h"
#include "ctl/top.h"

static const char *const addresses[] = {"unix:/run/countersign/operators.1.sock", "10.0.0.7:9101",
                                        "unix:/run/countersign/operators.mailer.sock", "/nowhere"};
static struct top top;
static struct output out;

static void put(struct scrape *scrape, int64_t at_ms, const char *text) {
    buffer_reset(&scrape->text);
    buffer_add_string(&scrape->text, text);
    scrape->up = true;
    scrape->at_ms = at_ms;
    scrape_parse(scrape);
}

static void set_up(void) {
    json_start();
    output_init(&out, -1);
    ck_assert(top_init(&top, addresses, 4));
}

static void tear_down(void) {
    output_done(&out);
    top_done(&top);
}

static const char *shown(void) {
    buffer_reset(&out.buffer);
    top_show(&top, &out);
    return buffer_text(&out.buffer).data;
}

/* Two workers and a mailer, two seconds apart. */
static void fill(void) {
    put(top.places[0].before, 1000,
        "countersign_signings_total 10\ncountersign_requests_total 10\n");
    put(top.places[0].now, 3000,
        "countersign_signings_total 30\ncountersign_requests_total 50\n"
        "countersign_refused_total{of=\"sign\",code=\"invalid_fields\"} 8\n"
        "countersign_refused_total{of=\"sign\",code=\"unavailable\"} 2\n"
        "countersign_shed_total{reason=\"queue_full\"} 2\n"
        "countersign_database_up 1\ncountersign_redis_up 0\ncountersign_queue_length 7\n");
    put(top.places[1].before, 1000, "countersign_signings_total 0\ncountersign_requests_total 0\n");
    put(top.places[1].now, 3000,
        "countersign_signings_total 10\ncountersign_requests_total 20\n"
        "countersign_database_up 1\ncountersign_redis_up 1\ncountersign_queue_length 5\n");
    put(top.places[2].before, 1000, "countersign_mailer_in_hand 0\n");
    put(top.places[2].now, 3000,
        "countersign_mailer_in_hand 3\ncountersign_mailer_server{state=\"open\"} 0\n"
        "countersign_mailer_outbox_oldest_seconds{kind=\"confirm\"} 90\n"
        "countersign_mailer_outbox_oldest_seconds{kind=\"page\"} 7200\n");
    top.kinds[0] = top.kinds[1] = TOP_WORKER;
    top.kinds[2] = TOP_MAILER;
}

START_TEST(rates_are_summed_over_the_workers) {
    double n[TOP_NUMBERS_MAX];
    fill();
    top_numbers(&top, TOP_WORKER, -1, n);
    ck_assert_double_eq_tol(n[0], 15, 1e-9);
    top_numbers(&top, TOP_WORKER, 1, n);
    ck_assert_double_eq_tol(n[0], 5, 1e-9);
    ck_assert_uint_eq(top_up(&top), 3);
}
END_TEST

START_TEST(the_worst_state_counts) {
    fill();
    const char *text = shown();
    ck_assert_ptr_nonnull(strstr(text, "AWAY"));
    ck_assert_ptr_nonnull(strstr(text, "STOPPED"));
    ck_assert_ptr_nonnull(strstr(text, "2.0h"));
    ck_assert_ptr_nonnull(strstr(text, "NO ANSWER 1"));
    ck_assert_ptr_nonnull(strstr(text, "/nowhere  no answer"));
}
END_TEST

START_TEST(reasons_are_told_once_each) {
    fill();
    struct top_reason reasons[TOP_REASONS_MAX];
    ck_assert_uint_eq(top_reasons(&top, reasons), 2);
    ck_assert_str_eq(reasons[0].what, "sign invalid_fields");
    ck_assert_double_eq_tol(reasons[0].rate, 4, 1e-9);
    ck_assert_str_eq(reasons[1].what, "queue_full");
    ck_assert_ptr_nonnull(strstr(shown(), "because   sign invalid_fields 4.0/s"));
}
END_TEST

START_TEST(no_line_is_longer_than_a_terminal_is_wide) {
    fill();
    buffer_reset(&top.places[0].now->text);
    put(top.places[0].now, 3000,
        "countersign_signings_total 123456789\ncountersign_requests_total 50\n"
        "countersign_shed_total{reason=\"queue_full\"} 98765432\ncountersign_queue_length 4096\n"
        "countersign_refused_total{of=\"sign\",code=\"petition_withdrawn\"} 1e9\n"
        "countersign_refused_total{of=\"write\",code=\"unsupported_media_type\"} 1e9\n"
        "countersign_refused_total{of=\"read\",code=\"origin_not_allowed\"} 1e9\n");
    struct text rest = text_of(shown());
    while (rest.data != NULL) {
        struct text line = text_cut(&rest, '\n');
        size_t columns = 0;
        for (size_t i = 0; i < line.len; i++)
            columns += ((unsigned char)line.data[i] & 0xC0) != 0x80;
        ck_assert_msg(columns <= 80, "%zu: %.*s", columns, (int)line.len, line.data);
    }
}
END_TEST

START_TEST(the_json_has_every_number) {
    fill();
    top_show_json(&top, &out);
    json_error_t error;
    json_t *told = json_loadb(out.buffer.data, out.buffer.len, 0, &error);
    ck_assert_msg(told != NULL, "%s", error.text);
    ck_assert_uint_eq(json_array_size(json_object_get(told, "workers")), 2);
    const json_t *mailer = json_array_get(json_object_get(told, "mailers"), 0);
    for (const struct top_rule *rule = top_rules(TOP_MAILER); rule->name != NULL; rule++)
        ck_assert_msg(json_object_get(mailer, rule->name) != NULL, "%s", rule->name);
    ck_assert(json_is_null(json_object_get(json_object_get(told, "all"), "commit_p50_seconds")));
    ck_assert_str_eq(json_string_value(json_array_get(json_object_get(told, "silent"), 0)),
                     "/nowhere");
    json_decref(told);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("top");
    TCase *cases = tcase_create("top");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, rates_are_summed_over_the_workers);
    tcase_add_test(cases, the_worst_state_counts);
    tcase_add_test(cases, reasons_are_told_once_each);
    tcase_add_test(cases, no_line_is_longer_than_a_terminal_is_wide);
    tcase_add_test(cases, the_json_has_every_number);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
