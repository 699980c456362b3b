#include "unit.h"

#include "base/status.h"

START_TEST(every_status_has_a_word) {
    for (int i = 0; i < ST_COUNT; i++) {
        ck_assert_ptr_nonnull(status_name((enum status)i));
        ck_assert_str_ne(status_name((enum status)i), "unknown");
    }
    ck_assert_str_eq(status_name(ST_UNCERTAIN), "uncertain");
    ck_assert_str_eq(status_name((enum status)ST_COUNT), "unknown");
}
END_TEST

int main(void) {
    Suite *suite = suite_create("status");
    TCase *cases = tcase_create("status");
    tcase_add_test(cases, every_status_has_a_word);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
