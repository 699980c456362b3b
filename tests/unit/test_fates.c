#include "unit.h"

#include "mail/fates.h"

struct row {
    enum smtp_end end;
    enum smtp_step step;
    int code, subject;
    bool reused;
    struct fates_verdict verdict;
};

#define SAME_LETTER .fate = OUTBOX_UNTRIED
static const struct row rows[] = {
    {SMTP_DONE, SMTP_AT_END, 250, 0, true, {.fate = OUTBOX_SENT}},
    {SMTP_BAD_ADDRESS, SMTP_AT_CONNECT, 0, 0, false, {.fate = OUTBOX_IMPOSSIBLE}},
    {SMTP_INSECURE, SMTP_AT_TLS, 220, 0, false, {SAME_LETTER, .server = FATES_INSECURE}},
    {SMTP_LOGIN, SMTP_AT_LOGIN, 535, 0, false, {SAME_LETTER, .server = FATES_LOGIN}},
    {SMTP_BROKEN, SMTP_AT_CONNECT, 0, 0, false, {SAME_LETTER, .server = FATES_DOWN}},
    {SMTP_BROKEN, SMTP_AT_SENDER, 0, 0, false, {SAME_LETTER, .server = FATES_DOWN}},
    {SMTP_BROKEN, SMTP_AT_SENDER, 0, 0, true, {SAME_LETTER, .again = true}},
    {SMTP_BROKEN, SMTP_AT_RECIPIENT, 0, 0, true, {.fate = OUTBOX_LATER}},
    {SMTP_BROKEN, SMTP_AT_DATA, 354, 0, true, {.fate = OUTBOX_LATER}},
    {SMTP_BROKEN, SMTP_AT_END, 0, 0, true, {.fate = OUTBOX_UNKNOWN}},
    {SMTP_ANSWERED, SMTP_AT_CONNECT, 421, 3, false, {SAME_LETTER, .server = FATES_CROWDED}},
    {SMTP_ANSWERED, SMTP_AT_CONNECT, 554, 0, false, {SAME_LETTER, .server = FATES_DOWN}},
    {SMTP_ANSWERED, SMTP_AT_LOGIN, 454, 7, false, {SAME_LETTER, .server = FATES_DOWN}},
    {SMTP_ANSWERED, SMTP_AT_LOGIN, 504, 0, false, {SAME_LETTER, .server = FATES_LOGIN}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 530, 7, false, {SAME_LETTER, .server = FATES_LOGIN}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 421, 0, false, {SAME_LETTER, .server = FATES_DOWN}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 421, 0, true, {SAME_LETTER, .again = true}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 452, 5, true, {SAME_LETTER, .again = true}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 550, 5, true, {SAME_LETTER, .again = true}},
    {SMTP_ANSWERED, SMTP_AT_SENDER, 553, 1, false, {SAME_LETTER, .server = FATES_SENDER}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 421, 0, true, {SAME_LETTER, .again = true}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 450, 2, false, {.fate = OUTBOX_LATER, .domain_slow = true}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 451, 7, false, {.fate = OUTBOX_LATER, .domain_slow = true}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 452, 2, false, {.fate = OUTBOX_LATER, .full = true}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 552, 2, false, {.fate = OUTBOX_LATER, .full = true}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 550, 1, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 550, 0, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 551, 1, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 553, 1, false, {.fate = OUTBOX_REFUSED}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 556, 1, false, {.fate = OUTBOX_REFUSED}}, /* E12: null MX */
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 550, 7, false, {.fate = OUTBOX_IMPOSSIBLE}},
    {SMTP_ANSWERED, SMTP_AT_RECIPIENT, 554, 7, false, {.fate = OUTBOX_IMPOSSIBLE}},
    {SMTP_ANSWERED, SMTP_AT_DATA, 554, 5, false, {.fate = OUTBOX_IMPOSSIBLE}},
    {SMTP_ANSWERED, SMTP_AT_END, 451, 3, true, {.fate = OUTBOX_LATER, .domain_slow = true}},
    {SMTP_ANSWERED, SMTP_AT_END, 421, 3, true, {.fate = OUTBOX_LATER, .domain_slow = true}},
    {SMTP_ANSWERED, SMTP_AT_END, 550, 7, true, {.fate = OUTBOX_IMPOSSIBLE}},
};

/* 550 without a better code is what is said of a mailbox, too. */
START_TEST(M8_a_server_that_relays_nothing_says_nothing_of_a_mailbox) {
    struct smtp_letter letter = {
        .end = SMTP_ANSWERED, .step = SMTP_AT_RECIPIENT, .code = 550, .no_relay = true};
    ck_assert_int_eq(fates_judge(&letter).fate, OUTBOX_UNTRIED);
    ck_assert_int_eq(fates_judge(&letter).server, FATES_SENDER);
    letter.code = 450;
    ck_assert_int_eq(fates_judge(&letter).fate, OUTBOX_LATER);
}
END_TEST

START_TEST(M2_M3_M4_M5_each_answer_has_its_fate) {
    const struct row *row = &rows[_i];
    const struct smtp_letter letter = {.end = row->end,
                                       .step = row->step,
                                       .code = row->code,
                                       .subject = row->subject,
                                       .reused = row->reused};
    struct fates_verdict verdict = fates_judge(&letter);
    ck_assert_int_eq(verdict.fate, row->verdict.fate);
    ck_assert_int_eq(verdict.server, row->verdict.server);
    ck_assert(verdict.again == row->verdict.again);
    ck_assert(verdict.full == row->verdict.full);
    ck_assert(verdict.domain_slow == row->verdict.domain_slow);
}
END_TEST

/* The least and the most that a wait can be. */
static void check_wait(int tries, bool full, int least, int most) {
    ck_assert_int_eq(fates_wait_s(60, tries, full, 0), least);
    ck_assert_int_le(fates_wait_s(60, tries, full, UINT32_MAX), most);
    ck_assert_int_ge(fates_wait_s(60, tries, full, UINT32_MAX), least);
}

START_TEST(waits_double_up_to_an_end) {
    check_wait(1, false, 45, 75);
    check_wait(2, false, 90, 150);
    check_wait(5, false, 720, 1200);
    check_wait(30, false, 10800, 18000);
    check_wait(1, true, 2700, 4500);
    check_wait(30, true, 64800, 108000);
    ck_assert_int_eq(fates_wait_s(1, 1, false, 0), 1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("fates");
    TCase *cases = tcase_create("fates");
    tcase_add_test(cases, M8_a_server_that_relays_nothing_says_nothing_of_a_mailbox);
    tcase_add_loop_test(cases, M2_M3_M4_M5_each_answer_has_its_fate, 0,
                        (int)(sizeof rows / sizeof rows[0]));
    tcase_add_test(cases, waits_double_up_to_an_end);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
