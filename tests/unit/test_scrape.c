#include "unit.h"

#include <string.h>

#include "ctl/scrape.h"

static struct scrape *before, *now;

static void put(struct scrape *scrape, const char *text) {
    buffer_reset(&scrape->text);
    buffer_add_string(&scrape->text, text);
    scrape->up = true;
    scrape_parse(scrape);
}

static void set_up(void) {
    before = scrape_new();
    now = scrape_new();
    ck_assert(before && now);
}

static void tear_down(void) {
    scrape_free(&before);
    scrape_free(&now);
}

static bool is(double value, double wanted) {
    double apart = value - wanted;
    return apart < 1e-9 && apart > -1e-9;
}

START_TEST(rows_are_found_by_name_and_by_labels) {
    put(now,
        "# HELP a_total x\na_total{of=\"x y\"} 2\na_total{of=\"z\"} 3.5\na_total_more 7\nb 1e3\n");
    ck_assert_uint_eq(now->count, 4);
    ck_assert(is(scrape_sum(now, "a_total"), 5.5));
    ck_assert(is(scrape_sum(now, "a_total{of=\"x y\"}"), 2));
    ck_assert(is(scrape_sum(now, "b"), 1000));
    ck_assert(is(scrape_sum(now, "c"), 0));
    ck_assert(scrape_has(now, "a_total") && !scrape_has(now, "a"));
}
END_TEST

START_TEST(what_is_no_row_is_left_out) {
    put(now, "\n \nword\na \na b\na 1x\n1\nfine 1");
    ck_assert_uint_eq(now->count, 1);
    put(now, "");
    ck_assert_uint_eq(now->count, 0);
    for (int i = 0; i < SCRAPE_ROWS_MAX + 5; i++)
        buffer_add_string(&now->text, "a 1\n");
    scrape_parse(now);
    ck_assert_uint_eq(now->count, SCRAPE_ROWS_MAX);
}
END_TEST

START_TEST(what_fell_was_started_anew) {
    put(before, "a 10\n");
    put(now, "a 12\n");
    ck_assert(is(scrape_growth(before, now, "a"), 2));
    put(now, "a 3\n");
    ck_assert(is(scrape_growth(before, now, "a"), 3));
}
END_TEST

#define BUCKETS(a, b, c)                                                                           \
    "s_bucket{le=\"0.1\"} " a "\ns_bucket{le=\"0.5\"} " b "\ns_bucket{le=\"+Inf\"} " c "\n"

START_TEST(quantiles_are_of_what_came_in_between) {
    struct scrape_histogram histogram = {0};
    put(before, BUCKETS("100", "100", "100"));
    put(now, BUCKETS("100", "110", "110"));
    scrape_histogram_add(&histogram, before, now, "s");
    ck_assert(is(scrape_quantile(&histogram, 0.5), 0.3));
    scrape_histogram_add(&histogram, before, now, "s");
    ck_assert(is(scrape_quantile(&histogram, 0.5), 0.3));
    ck_assert(is(scrape_quantile(&histogram, 1), 0.5));
}
END_TEST

START_TEST(beyond_all_bounds_is_the_last_of_them) {
    struct scrape_histogram histogram = {0};
    ck_assert(scrape_quantile(&histogram, 0.5) < 0);
    put(before, BUCKETS("0", "0", "0"));
    scrape_histogram_add(&histogram, before, before, "s");
    ck_assert(scrape_quantile(&histogram, 0.5) < 0);
    put(now, BUCKETS("0", "0", "4"));
    scrape_histogram_add(&histogram, before, now, "s");
    ck_assert(is(scrape_quantile(&histogram, 0.99), 0.5));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("scrape");
    TCase *cases = tcase_create("scrape");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, rows_are_found_by_name_and_by_labels);
    tcase_add_test(cases, what_is_no_row_is_left_out);
    tcase_add_test(cases, what_fell_was_started_anew);
    tcase_add_test(cases, quantiles_are_of_what_came_in_between);
    tcase_add_test(cases, beyond_all_bounds_is_the_last_of_them);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
