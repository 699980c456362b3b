#include "unit.h"

#include <stdint.h>
#include <string.h>

#include "base/arena.h"

START_TEST(memory_is_zeroed_and_aligned) {
    struct arena *arena = arena_new(256, 4096);
    for (size_t size = 0; size < 40; size++) {
        unsigned char *bytes = arena_alloc(arena, size);
        ck_assert_ptr_nonnull(bytes);
        ck_assert_uint_eq((uintptr_t)bytes % _Alignof(max_align_t), 0);
        for (size_t i = 0; i < size; i++) {
            ck_assert_uint_eq(bytes[i], 0);
        }
        memset(bytes, 0xAA, size);
    }
    arena_free(&arena);
    ck_assert_ptr_null(arena);
    arena_free(&arena);
}
END_TEST

START_TEST(a_reset_wipes_what_was_handed_out) {
    struct arena *arena = arena_new(64, 4096);
    char *first = arena_alloc(arena, 32);
    memset(first, 'x', 32);
    arena_alloc(arena, 1000); /* a second block, which the reset gives back */
    arena_reset(arena);
    ck_assert_uint_eq(arena_used(arena), 0);
    char *again = arena_alloc(arena, 32);
    ck_assert_ptr_eq(first, again);
    for (size_t i = 0; i < 32; i++) {
        ck_assert_int_eq(again[i], 0);
    }
    arena_free(&arena);
}
END_TEST

START_TEST(the_limit_counts_all_blocks_and_is_told) {
    struct arena *arena = arena_new(64, 256);
    ck_assert_ptr_nonnull(arena_alloc(arena, 128));
    ck_assert_ptr_nonnull(arena_alloc(arena, 112));
    ck_assert(!arena_failed(arena));
    ck_assert_ptr_null(arena_alloc(arena, 32));
    ck_assert(arena_failed(arena));
    ck_assert_ptr_nonnull(arena_alloc(arena, 16));
    ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX));
    ck_assert_ptr_null(arena_alloc(arena, SIZE_MAX - 20));
    arena_reset(arena);
    ck_assert(!arena_failed(arena));
    arena_free(&arena);
}
END_TEST

START_TEST(a_copy_is_terminated_and_absent_stays_absent) {
    struct arena *arena = arena_new(64, 256);
    struct text copy = arena_copy(arena, text_span("a\0b", 3));
    ck_assert_uint_eq(copy.len, 3);
    ck_assert_mem_eq(copy.data, "a\0b", 4);
    ck_assert_ptr_null(arena_copy(arena, text_of(NULL)).data);
    ck_assert_ptr_null(arena_copy(arena, text_span("x", 1000)).data);
    arena_free(&arena);
}
END_TEST

START_TEST(it_knows_its_own_pointers) {
    struct arena *arena = arena_new(64, 4096);
    char *small = arena_alloc(arena, 8), *large = arena_alloc(arena, 500);
    int elsewhere;
    ck_assert(arena_owns(arena, small));
    ck_assert(arena_owns(arena, large));
    ck_assert(arena_owns(arena, large + 499));
    ck_assert(!arena_owns(arena, &elsewhere));
    ck_assert(!arena_owns(arena, NULL));
    arena_free(&arena);
}
END_TEST

START_TEST(a_size_that_cannot_be_had_is_refused) {
    ck_assert_ptr_null(arena_new(SIZE_MAX, 1));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("arena");
    TCase *cases = tcase_create("arena");
    tcase_add_test(cases, memory_is_zeroed_and_aligned);
    tcase_add_test(cases, a_reset_wipes_what_was_handed_out);
    tcase_add_test(cases, the_limit_counts_all_blocks_and_is_told);
    tcase_add_test(cases, a_copy_is_terminated_and_absent_stays_absent);
    tcase_add_test(cases, it_knows_its_own_pointers);
    tcase_add_test(cases, a_size_that_cannot_be_had_is_refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
