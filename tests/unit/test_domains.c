#include "unit.h"

#include "mail/domains.h"

static struct domains *domains;

static void set_up(void) {
    domains = domains_new();
    ck_assert_ptr_nonnull(domains);
}

static void tear_down(void) {
    domains_free(&domains);
}

static uint32_t find(const char *address) {
    return domains_find(domains, text_of(address));
}

START_TEST(a_domain_is_what_stands_behind_the_at) {
    ck_assert_uint_eq(find("a@example.org"), find("b@example.org"));
    ck_assert_uint_ne(find("a@example.org") + find("a@example.net") + find("a@example.com"),
                      3 * find("a@example.org"));
    ck_assert_uint_eq(find(""), find("nothing"));
}
END_TEST

START_TEST(only_so_many_letters_are_on_their_way_to_it) {
    uint32_t place = find("a@example.org");
    ck_assert(domains_enter(domains, place, 2));
    ck_assert(!domains_is_full(domains, place, 2));
    ck_assert(domains_enter(domains, place, 2));
    ck_assert(domains_is_full(domains, place, 2));
    ck_assert(!domains_enter(domains, place, 2));
    domains_leave(domains, place, false, 60);
    ck_assert(domains_enter(domains, place, 2));
}
END_TEST

/* Of so many who come then, what the last is told. */
static int last_s(uint32_t place, int count, int most) {
    int wait_s = 0;
    for (int i = 0; i < count; i++) {
        wait_s = domains_queue(domains, place, most);
    }
    return wait_s;
}

static void leave_times(uint32_t place, int times, bool slow) {
    for (int i = 0; i < times; i++) {
        ck_assert(domains_enter(domains, place, 1));
        domains_leave(domains, place, slow, 1);
    }
}

START_TEST(only_so_many_wait_here_for_it_and_the_others_come_again_one_after_the_other) {
    uint32_t place = find("a@example.org");
    ck_assert_int_eq(domains_queue(domains, place, 2), 0);
    ck_assert_int_eq(domains_queue(domains, place, 2), 0);
    ck_assert_int_eq(domains_queue(domains, place, 2), 1);
    ck_assert_int_gt(last_s(place, 10000, 2), 100);
    ck_assert_int_eq(last_s(place, 1000000, 2), 86400);
    ck_assert_int_eq(domains_queue(domains, find("a@example.net"), 2), 0);
    domains_unqueue(domains, place);
    ck_assert_int_eq(domains_queue(domains, place, 2), 0);
}
END_TEST

START_TEST(who_comes_again_comes_sooner_where_letters_go_fast) {
    uint32_t place = find("a@example.org");
    ck_assert_int_eq(domains_queue(domains, place, 1), 0);
    leave_times(place, 100, false);
    ck_assert_int_lt(last_s(place, 10000, 1), 500);
}
END_TEST

START_TEST(nothing_is_learnt_where_nobody_waits_and_of_who_was_sent_away) {
    uint32_t idle = find("a@example.org"), slow = find("a@example.net");
    leave_times(idle, 100, false);
    ck_assert_int_gt(last_s(idle, 10000, 1), 900);
    ck_assert_int_eq(domains_queue(domains, slow, 1), 0);
    leave_times(slow, 2, true);
    ck_assert_int_gt(last_s(slow, 10000, 1), 900);
}
END_TEST

START_TEST(who_comes_while_it_asks_for_time_comes_again_one_by_one_after_that) {
    uint32_t place = find("a@example.org");
    for (int i = 0; i < 3; i++) {
        ck_assert(domains_enter(domains, place, 1));
        domains_leave(domains, place, true, 600);
    }
    ck_assert_int_gt(last_s(place, 1, 0), 400);
    ck_assert_int_gt(last_s(place, 10000, 0), 1400);
}
END_TEST

static void fail_times(uint32_t place, int times, int retry_s) {
    for (int i = 0; i < times; i++) {
        ck_assert(domains_enter(domains, place, 1));
        domains_leave(domains, place, true, retry_s);
    }
}

START_TEST(M2_a_domain_that_asks_for_time_three_times_gets_it) {
    uint32_t place = find("a@example.org");
    fail_times(place, 2, 60);
    ck_assert_int_eq(domains_wait_s(domains, place), 0);
    fail_times(place, 1, 60);
    ck_assert_int_ge(domains_wait_s(domains, place), 59);
    /* Others that were on their way are the same failure. */
    fail_times(place, 20, 60);
    ck_assert_int_le(domains_wait_s(domains, place), 61);
}
END_TEST

START_TEST(M2_one_that_asks_again_after_that_gets_twice_as_much) {
    uint32_t place = find("a@example.org");
    fail_times(place, 3, 0);
    fail_times(place, 1, 60);
    ck_assert_int_ge(domains_wait_s(domains, place), 119);
    place = find("a@example.net");
    fail_times(place, 23, 0);
    fail_times(place, 1, 60);
    ck_assert_int_ge(domains_wait_s(domains, place), 3599);
    ck_assert_int_le(domains_wait_s(domains, place), 3601);
}
END_TEST

START_TEST(one_that_takes_a_letter_is_forgiven) {
    uint32_t place = find("a@example.org");
    fail_times(place, 2, 60);
    ck_assert(domains_enter(domains, place, 1));
    domains_leave(domains, place, false, 60);
    fail_times(place, 2, 60);
    ck_assert_int_eq(domains_wait_s(domains, place), 0);
}
END_TEST

START_TEST(domains_are_told_by_how_much_mail_they_get) {
    uint32_t small = find("a@example.org"), large = find("a@example.net");
    int slow[DOMAINS_CLASSES] = {7, 7, 7};
    for (int i = 0; i < 10000; i++) {
        bool entered = domains_enter(domains, large, 1);
        domains_leave(domains, large, false, 60);
        enum domains_class class = i < 99 ? DOMAINS_FEW : i < 9999 ? DOMAINS_SOME : DOMAINS_MANY;
        ck_assert_msg(entered && domains_class(domains, large) == class, "letter %d", i);
    }
    domains_count_slow(domains, slow);
    ck_assert_int_eq(slow[DOMAINS_FEW] + slow[DOMAINS_SOME] + slow[DOMAINS_MANY], 0);
    fail_times(large, 3, 60);
    fail_times(small, 3, 60);
    domains_count_slow(domains, slow);
    ck_assert_int_eq(slow[DOMAINS_FEW], 1);
    ck_assert_int_eq(slow[DOMAINS_SOME], 0);
    ck_assert_int_eq(slow[DOMAINS_MANY], 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("domains");
    TCase *cases = tcase_create("domains");
    unit_draws_random(cases);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, a_domain_is_what_stands_behind_the_at);
    tcase_add_test(cases, only_so_many_letters_are_on_their_way_to_it);
    tcase_add_test(cases,
                   only_so_many_wait_here_for_it_and_the_others_come_again_one_after_the_other);
    tcase_add_test(cases, who_comes_again_comes_sooner_where_letters_go_fast);
    tcase_add_test(cases, nothing_is_learnt_where_nobody_waits_and_of_who_was_sent_away);
    tcase_add_test(cases, who_comes_while_it_asks_for_time_comes_again_one_by_one_after_that);
    tcase_add_test(cases, M2_a_domain_that_asks_for_time_three_times_gets_it);
    tcase_add_test(cases, M2_one_that_asks_again_after_that_gets_twice_as_much);
    tcase_add_test(cases, one_that_takes_a_letter_is_forgiven);
    tcase_add_test(cases, domains_are_told_by_how_much_mail_they_get);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
