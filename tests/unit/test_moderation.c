#include "unit.h"

#include "store_call.h"
#include "store/moderation.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status petition(struct pg *pg, int64_t deadline_ms) {
    struct moderation_petition row;
    return moderation_petition(pg, text_of("demo"), deadline_ms, &row);
}

START_TEST(D2_a_failing_look_up_tells_its_status) {
    store_call_check(petition);
}
END_TEST

static enum status list(struct pg *pg, int64_t deadline_ms) {
    struct moderation_page page = {.petition = 1};
    return moderation_list(pg, &page, arena, deadline_ms);
}

START_TEST(D2_a_failing_list_tells_its_status) {
    store_call_check(list);
}
END_TEST

static enum status review(struct pg *pg, int64_t deadline_ms) {
    static const int64_t ids[] = {1, 2};
    struct moderation_verdict verdict = {
        .slug = text_of("demo"), .ids = ids, .words = ids, .count = 2, .show = true};
    struct moderation_reviewed reviewed;
    return moderation_review(pg, &verdict, deadline_ms, &reviewed);
}

START_TEST(D12_a_failing_review_tells_its_status) {
    store_call_check(review);
}
END_TEST

static enum status change(struct pg *pg, int64_t deadline_ms) {
    static const int64_t ids[] = {1, 2};
    struct moderation_change change_row = {
        .slug = text_of("demo"), .ids = ids, .count = 2, .reason = text_of("x")};
    struct moderation_fates fates;
    return moderation_change(pg, &change_row, arena, deadline_ms, &fates);
}

START_TEST(D12_a_failing_change_tells_its_status) {
    store_call_check(change);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("moderation");
    TCase *all = tcase_create("moderation");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D2_a_failing_look_up_tells_its_status);
    tcase_add_test(all, D2_a_failing_list_tells_its_status);
    tcase_add_test(all, D12_a_failing_review_tells_its_status);
    tcase_add_test(all, D12_a_failing_change_tells_its_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
