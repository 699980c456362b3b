#include "unit.h"

#include "base/clock.h"
#include "serve/snapshot.h"

static struct petition petitions[3];
static struct snapshot snapshot;

static void set_up(void) {
    static const char *const slugs[] = {"a", "a-b", "ab"};
    for (size_t i = 0; i < 3; i++)
        petitions[i] = (struct petition){.slug = text_of(slugs[i]), .state = PETITION_OPEN};
    snapshot = (struct snapshot){.petitions = petitions, .petitions_count = 3};
}

START_TEST(each_petition_is_found_by_its_whole_slug) {
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_eq(snapshot_find(&snapshot, petitions[i].slug), &petitions[i]);
    ck_assert_ptr_null(snapshot_find(&snapshot, text_of("")));
    ck_assert_ptr_null(snapshot_find(&snapshot, text_of("a-")));
    ck_assert_ptr_null(snapshot_find(&snapshot, text_of("abc")));
}
END_TEST

START_TEST(T4_a_petition_closes_by_postgresqls_clock) {
    snapshot.clock_offset_ms = 1000000;
    petitions[0].closes_at_ms = clock_monotonic_ms() + 1000000 - 1;
    petitions[1].closes_at_ms = clock_monotonic_ms() + 1000000 + 60000;
    ck_assert_int_eq(snapshot_state(&snapshot, &petitions[0]), PETITION_CLOSED);
    ck_assert_int_eq(snapshot_state(&snapshot, &petitions[1]), PETITION_OPEN);
    ck_assert_int_eq(snapshot_state(&snapshot, &petitions[2]), PETITION_OPEN);
}
END_TEST

START_TEST(a_snapshot_in_use_outlives_its_successor) {
    struct snapshot_holder *holder = snapshot_holder_new();
    snapshot_set(holder, snapshot_new());
    struct snapshot *old = snapshot_take(holder);
    old->version = 1;
    snapshot_set(holder, snapshot_new());
    struct snapshot *new = snapshot_take(holder);
    ck_assert_ptr_ne(new, old);
    ck_assert_int_eq(old->version, 1);
    snapshot_release(holder, old);
    snapshot_release(holder, new);
    snapshot_holder_free(&holder);
    ck_assert_ptr_null(holder);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("snapshot");
    TCase *cases = tcase_create("snapshot");
    tcase_add_checked_fixture(cases, set_up, NULL);
    tcase_add_test(cases, each_petition_is_found_by_its_whole_slug);
    tcase_add_test(cases, T4_a_petition_closes_by_postgresqls_clock);
    tcase_add_test(cases, a_snapshot_in_use_outlives_its_successor);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
