#include "unit.h"

#include "base/clock.h"
#include "mail/gate.h"

static struct gate gate;

static void set_up(void) {
    gate_init(&gate);
}

START_TEST(an_open_gate_lets_all_through) {
    ck_assert_int_eq(gate_allows(&gate, 9), 9);
    ck_assert(!gate_tell(&gate, FATES_FINE, 0, 0));
}
END_TEST

START_TEST(M1_a_server_that_is_away_is_asked_less_and_less_often) {
    ck_assert(gate_tell(&gate, FATES_DOWN, 0, 0));
    long long first_ms = atomic_load(&gate.resume_at_ms) - clock_monotonic_ms();
    ck_assert_int_eq(gate_allows(&gate, 9), 0);
    /* Others that were on their way are the same failure. */
    ck_assert(!gate_tell(&gate, FATES_DOWN, 0, 0));
    ck_assert_int_eq(gate.failures, 1);
    for (int i = 0; i < 20; i++) {
        atomic_store(&gate.resume_at_ms, clock_monotonic_ms());
        ck_assert_int_eq(gate_allows(&gate, 9), 1);
        gate_tell(&gate, FATES_DOWN, 0, 119999); /* of all the one that waits longest */
    }
    long long last_ms = atomic_load(&gate.resume_at_ms) - clock_monotonic_ms();
    ck_assert_int_gt(last_ms, first_ms);
    ck_assert_int_le(last_ms, 150000);
    ck_assert(gate_tell(&gate, FATES_FINE, 0, 0));
    ck_assert_int_eq(gate_allows(&gate, 9), 9);
}
END_TEST

START_TEST(M7_M8_what_is_stopped_stays_so_until_a_letter_has_gone) {
    ck_assert(gate_tell(&gate, (enum fates_server)_i, 0, 0));
    ck_assert_int_eq(gate_allows(&gate, 9), 0);
    ck_assert_int_gt(atomic_load(&gate.resume_at_ms) - clock_monotonic_ms(), 200000);
    ck_assert(!gate_tell(&gate, FATES_DOWN, 0, 0));
    ck_assert_int_eq(atomic_load(&gate.state), _i);
    atomic_store(&gate.resume_at_ms, clock_monotonic_ms());
    ck_assert_int_eq(gate_allows(&gate, 9), 1);
    ck_assert(!gate_tell(&gate, (enum fates_server)_i, 0, 0));
    ck_assert_int_eq(gate_allows(&gate, 9), 0);
    ck_assert(gate_tell(&gate, FATES_FINE, 0, 0));
    ck_assert_int_eq(gate_allows(&gate, 9), 9);
}
END_TEST

START_TEST(M10_a_server_that_takes_no_more_connections_gets_no_more) {
    ck_assert_int_eq(gate_room(&gate, 9), 9);
    ck_assert(!gate_tell(&gate, FATES_CROWDED, 2, 0));
    ck_assert_int_eq(gate_allows(&gate, 9), 9);
    ck_assert_int_eq(gate_room(&gate, 9), 2);
    for (int i = 3; i < 12; i++) {
        gate.room_at_ms = clock_monotonic_ms();
        ck_assert_int_eq(gate_room(&gate, 9), i < 9 ? i : 9);
        ck_assert_int_eq(gate_room(&gate, 9), i < 9 ? i : 9);
    }
    ck_assert_msg(gate_tell(&gate, FATES_CROWDED, 0, 0), "it takes none");
    ck_assert_int_eq(atomic_load(&gate.state), FATES_DOWN);
    ck_assert_msg(!gate_tell(&gate, FATES_CROWDED, 1, 0), "another that failed");
    ck_assert_int_eq(gate_allows(&gate, 9), 0);
}
END_TEST

START_TEST(each_state_has_a_word) {
    unit_assert_text(text_of(gate_word(FATES_FINE)), "open");
    unit_assert_text(text_of(gate_word(FATES_SENDER)), "sender");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("gate");
    TCase *cases = tcase_create("gate");
    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, an_open_gate_lets_all_through);
    tcase_add_test(cases, M1_a_server_that_is_away_is_asked_less_and_less_often);
    tcase_add_loop_test(cases, M7_M8_what_is_stopped_stays_so_until_a_letter_has_gone,
                        FATES_INSECURE, FATES_SENDER + 1);
    tcase_add_test(cases, M10_a_server_that_takes_no_more_connections_gets_no_more);
    tcase_add_test(cases, each_state_has_a_word);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
