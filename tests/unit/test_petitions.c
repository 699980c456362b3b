#include "unit.h"

#include "store_call.h"
#include "store/petitions.h"

/* What the statements do is tested in tests/flow and tests/sql; here is what happens when they
 * fail. */
static struct arena *arena;

static void set_up(void) {
    arena = arena_new(4096, 1 << 20);
}

static void tear_down(void) {
    arena_free(&arena);
}

static enum status put(struct pg *pg, int64_t deadline_ms) {
    struct petitions_put put_row = {.json = text_of("{}"), .index_key = 1};
    return petitions_put(pg, &put_row, arena, deadline_ms);
}

START_TEST(D12_a_failing_put_tells_its_status) {
    store_call_check(put);
}
END_TEST

static enum status list(struct pg *pg, int64_t deadline_ms) {
    struct petitions_row *rows;
    size_t count;
    return petitions_list(pg, arena, deadline_ms, &rows, &count);
}

START_TEST(D2_a_failing_list_tells_its_status) {
    store_call_check(list);
}
END_TEST

static enum status show(struct pg *pg, int64_t deadline_ms) {
    struct text json;
    return petitions_show(pg, text_of("demo"), arena, deadline_ms, &json);
}

START_TEST(D2_a_failing_show_tells_its_status) {
    store_call_check(show);
}
END_TEST

static enum status move(struct pg *pg, int64_t deadline_ms) {
    struct petitions_move moved = {.slug = text_of("demo"), .wanted = PETITION_OPEN};
    return petitions_move(pg, &moved, arena, deadline_ms);
}

START_TEST(D12_a_failing_move_tells_its_status) {
    store_call_check(move);
}
END_TEST

static enum status keys(struct pg *pg, int64_t deadline_ms) {
    struct petitions_key_list rows;
    return petitions_keys(pg, text_of(NULL), arena, deadline_ms, &rows);
}

START_TEST(D2_failing_keys_tell_their_status) {
    store_call_check(keys);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("petitions");
    TCase *all = tcase_create("petitions");
    tcase_set_timeout(all, 60);
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, D12_a_failing_put_tells_its_status);
    tcase_add_test(all, D2_a_failing_list_tells_its_status);
    tcase_add_test(all, D2_a_failing_show_tells_its_status);
    tcase_add_test(all, D12_a_failing_move_tells_its_status);
    tcase_add_test(all, D2_failing_keys_tell_their_status);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
