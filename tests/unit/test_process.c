#include "unit.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/process.h"

static const struct metric table[] = {PROCESS_ROWS(0)};

static struct metrics *metrics;

static void set_up(void) {
    metrics = metrics_new(table, PROCESS_METRICS);
    ck_assert_ptr_nonnull(metrics);
    process_measure(metrics, 0);
}

static void tear_down(void) {
    metrics_free(&metrics);
}

START_TEST(each_open_descriptor_counts) {
    uint64_t before = metrics_value(metrics, PROCESS_OPEN_FILES);
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    process_measure(metrics, 0);
    ck_assert_uint_eq(metrics_value(metrics, PROCESS_OPEN_FILES), before + 1);
    close(fd);
    process_measure(metrics, 0);
    ck_assert_uint_eq(metrics_value(metrics, PROCESS_OPEN_FILES), before);
}
END_TEST

START_TEST(limits_and_use_are_the_system_s) {
    const struct rlimit few = {100, 100};
    ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &few), 0);
    process_measure(metrics, 0);
    ck_assert_uint_eq(metrics_value(metrics, PROCESS_MAX_FILES), 100);
    ck_assert_uint_gt(metrics_value(metrics, PROCESS_MEMORY), 100000);
    ck_assert_uint_gt(metrics_value(metrics, PROCESS_CPU), 0);
}
END_TEST

START_TEST(locked_memory_is_told) {
    static char page[8192];
    if (syscall(SYS_mlock, page, sizeof page) != 0) /* AddressSanitizer's mlock does nothing */
        return; /* not allowed here; then it tells 0, as it should */
    process_measure(metrics, 0);
    ck_assert_uint_ge(metrics_value(metrics, PROCESS_LOCKED), sizeof page);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("process");
    TCase *cases = tcase_create("process");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, each_open_descriptor_counts);
    tcase_add_test(cases, limits_and_use_are_the_system_s);
    tcase_add_test(cases, locked_memory_is_told);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
