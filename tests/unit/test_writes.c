#include "unit.h"

#include "store/writes.h"
#include "store_call.h"

/* What the statements do is tested in tests/sql and tests/flow; here is what happens when they
 * fail: the status is told, and no row gets a fate. */
enum { ROWS = 3 };

static const uint8_t bytes[300];
static struct sign_row signs[ROWS];
static struct resend_row resends[ROWS];
static struct correct_row corrections[ROWS];
static struct token_row tokens[ROWS];

static enum status with_writes(struct pg *pg, int64_t deadline_ms,
                               enum status (*call)(struct writes *writes, int64_t deadline_ms)) {
    struct writes *writes = writes_new(pg, 3, 5);
    ck_assert_ptr_nonnull(writes);
    writes_set_letters_per_day(writes, 4);
    enum status status = call(writes, deadline_ms);
    writes_free(&writes);
    ck_assert_ptr_null(writes);
    return status;
}

static enum status call_sign(struct writes *writes, int64_t deadline_ms) {
    struct sign_row *rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        signs[i].sealed = signs[i].letter.sealed = (struct sealed){1, bytes, sizeof bytes};
        signs[i].ask.sealed = i == 1 ? signs[i].sealed : (struct sealed){0, NULL, 0};
        signs[i].fate = FATE_UNKNOWN;
        rows[i] = &signs[i];
    }
    return writes_sign(writes, rows, ROWS, deadline_ms);
}

static enum status call_resend(struct writes *writes, int64_t deadline_ms) {
    struct resend_row *rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        resends[i].letter.sealed = (struct sealed){1, bytes, sizeof bytes};
        rows[i] = &resends[i];
    }
    return writes_resend(writes, rows, ROWS, deadline_ms);
}

static enum status call_correct(struct writes *writes, int64_t deadline_ms) {
    struct correct_row *rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
        corrections[i].row.sealed = (struct sealed){1, bytes, sizeof bytes};
        corrections[i].row.fate = FATE_UNKNOWN;
        rows[i] = &corrections[i];
    }
    return writes_correct(writes, rows, ROWS, deadline_ms);
}

static enum status call_confirm(struct writes *writes, int64_t deadline_ms) {
    struct token_row *rows[ROWS] = {&tokens[0], &tokens[1], &tokens[2]};
    return writes_confirm(writes, rows, ROWS, deadline_ms);
}

static enum status call_withdraw(struct writes *writes, int64_t deadline_ms) {
    struct token_row *rows[ROWS] = {&tokens[0], &tokens[1], &tokens[2]};
    return writes_withdraw(writes, rows, ROWS, deadline_ms);
}

static enum status sign(struct pg *pg, int64_t deadline_ms) {
    return with_writes(pg, deadline_ms, call_sign);
}

static enum status resend(struct pg *pg, int64_t deadline_ms) {
    return with_writes(pg, deadline_ms, call_resend);
}

static enum status correct(struct pg *pg, int64_t deadline_ms) {
    return with_writes(pg, deadline_ms, call_correct);
}

static enum status confirm(struct pg *pg, int64_t deadline_ms) {
    return with_writes(pg, deadline_ms, call_confirm);
}

static enum status withdraw(struct pg *pg, int64_t deadline_ms) {
    return with_writes(pg, deadline_ms, call_withdraw);
}

START_TEST(D12_signing_that_fails_tells_its_status_and_no_fate) {
    store_call_check(sign);
    for (int i = 0; i < ROWS; i++)
        ck_assert_int_eq(signs[i].fate, FATE_UNKNOWN);
}
END_TEST

START_TEST(as_many_fates_as_rows_or_none) {
    ck_assert_int_eq(store_call_with_seven(sign), ST_FAULT);
    ck_assert_int_eq(store_call_with_seven(correct), ST_FAULT);
    for (int i = 0; i < ROWS; i++) {
        ck_assert_int_eq(signs[i].fate, FATE_UNKNOWN);
        ck_assert_int_eq(corrections[i].row.fate, FATE_UNKNOWN);
    }
}
END_TEST

START_TEST(D12_asking_again_that_fails_tells_its_status) {
    store_call_check(resend);
}
END_TEST

START_TEST(D12_correcting_that_fails_tells_its_status_and_no_fate) {
    store_call_check(correct);
    for (int i = 0; i < ROWS; i++)
        ck_assert_int_eq(corrections[i].row.fate, FATE_UNKNOWN);
}
END_TEST

START_TEST(D12_tokens_that_fail_tell_their_status_and_are_not_valid) {
    store_call_check(confirm);
    store_call_check(withdraw);
    for (int i = 0; i < ROWS; i++)
        ck_assert(!tokens[i].valid);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("writes");
    TCase *cases = tcase_create("writes");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D12_signing_that_fails_tells_its_status_and_no_fate);
    tcase_add_test(cases, as_many_fates_as_rows_or_none);
    tcase_add_test(cases, D12_asking_again_that_fails_tells_its_status);
    tcase_add_test(cases, D12_correcting_that_fails_tells_its_status_and_no_fate);
    tcase_add_test(cases, D12_tokens_that_fail_tell_their_status_and_are_not_valid);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
