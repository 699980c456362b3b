#include "unit.h"

#include "base/arena.h"
#include "core/address.h"
#include "serve/builder.h"

/* As a reload leaves them: what they lie in goes with the next one. */
static struct snapshot *build(void) {
    struct arena *arena = arena_new(1024, 4096);
    struct snapshot *snapshot = NULL;
    const struct settings settings = {
        .base_url = arena_copy(arena, text_of("https://sign.example")).data,
        .origins = arena_copy(arena, text_of("https://a.example  https://b.example")).data,
        .mail_from = arena_copy(arena, text_of("petitions@sign.example")).data,
        .limit_signing_burst = 250,
        .limit_signing_per_hour = 1000,
        .limit_tokens_per_minute = 60,
        .poll_after_s = 7};
    ck_assert_int_eq(builder_first(&settings, &snapshot), ST_OK);
    arena_free(&arena); /* wipes */
    return snapshot;
}

START_TEST(a_snapshot_outlives_the_settings_that_it_is_made_of) {
    struct snapshot *snapshot = build();
    ck_assert_str_eq(snapshot->settings->base_url, "https://sign.example");
    ck_assert_int_eq(snapshot->settings->poll_after_s, 7);
    ck_assert_ptr_null(snapshot->settings->redis);
    ck_assert_uint_eq(snapshot->own_origins_count, 3);
    ck_assert(text_is(snapshot->own_origins[0], "https://sign.example"));
    ck_assert(text_is(snapshot->own_origins[2], "https://b.example"));
    snapshot_free(snapshot);
}
END_TEST

START_TEST(before_postgresql_is_asked_it_knows_limits_and_no_petition) {
    struct snapshot *snapshot = build();
    ck_assert(!snapshot->loaded);
    ck_assert_uint_eq(snapshot->petitions_count, 0);
    ck_assert_int_eq(snapshot->rules.rules[LIMIT_SIGNING].burst, 250);
    ck_assert_int_eq(snapshot->rules.rules[LIMIT_SIGNING].interval_us, 3600000);
    ck_assert_int_eq(snapshot->rules.rules[LIMIT_PETITION].interval_us, 0);
    snapshot_free(snapshot);
}
END_TEST

static bool blocks(const struct snapshot *snapshot, const char *typed) {
    struct address address;
    ck_assert_int_eq(address_parse(text_of(typed), &address), ST_OK);
    return blocklist_has(snapshot->blocklist, &address);
}

START_TEST(E14_the_address_that_letters_come_from_is_taken_and_never_mailed) {
    struct snapshot *snapshot = build();
    ck_assert(blocks(snapshot, "Petitions@Sign.example"));
    ck_assert(!blocks(snapshot, "ada@sign.example"));
    snapshot_free(snapshot);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("builder");
    TCase *cases = tcase_create("builder");
    tcase_add_test(cases, a_snapshot_outlives_the_settings_that_it_is_made_of);
    tcase_add_test(cases, before_postgresql_is_asked_it_knows_limits_and_no_petition);
    tcase_add_test(cases, E14_the_address_that_letters_come_from_is_taken_and_never_mailed);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
