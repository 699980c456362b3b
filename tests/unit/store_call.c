#include "store_call.h"

#include <stdio.h>

#include "base/clock.h"
#include "fake_postgres.h"
#include "unit.h"

static enum status run(store_call *call, const struct fake_step *steps, size_t count) {
    struct fake_postgres fake;
    char conninfo[128];
    fake_postgres_start(&fake, steps, count);
    snprintf(conninfo, sizeof conninfo, "host=%s user=worker dbname=petitions", fake.folder);
    struct pg_options options = {
        .conninfo = conninfo, .application_name = "unit", .connect_timeout_ms = 500};
    struct pg *pg = pg_new(&options);
    ck_assert_ptr_nonnull(pg);
    enum status status = call(pg, clock_monotonic_ms() + 500);
    pg_free(&pg);
    fake_postgres_stop(&fake);
    return status;
}

static void check_error(store_call *call, const char *sqlstate, enum status expected) {
    const struct fake_step steps[] = {
        {FAKE_OK, NULL}, {FAKE_ERROR, sqlstate}, {FAKE_ERROR, sqlstate}, {FAKE_ERROR, sqlstate}};
    enum status status = run(call, steps, sizeof steps / sizeof steps[0]);
    ck_assert_msg(status == expected, "%s: %s", sqlstate, status_name(status));
}

static void check_end(store_call *call, enum fake_act act) {
    const struct fake_step steps[] = {{FAKE_OK, NULL}, {act, "57P01"}};
    enum status status = run(call, steps, sizeof steps / sizeof steps[0]);
    ck_assert_msg(status == ST_UNCERTAIN || status == ST_UNAVAILABLE, "%d: %s", (int)act,
                  status_name(status));
}

static void check_absence(store_call *call) {
    struct pg_options options = {
        .conninfo = "host=/nonexistent", .application_name = "unit", .connect_timeout_ms = 100};
    struct pg *pg = pg_new(&options);
    ck_assert_ptr_nonnull(pg);
    ck_assert_int_eq(call(pg, clock_monotonic_ms() + 200), ST_UNAVAILABLE);
    pg_free(&pg);
}

enum status store_call_with_seven(store_call *call) {
    const struct fake_step steps[] = {{FAKE_OK, NULL}};
    return run(call, steps, 1);
}

void store_call_check(store_call *call) {
    check_error(call, "42501", ST_FAULT);
    check_error(call, "40P01", ST_BUSY);
    check_error(call, "55P03", ST_BUSY);
    check_error(call, "25006", ST_UNAVAILABLE);
    check_end(call, FAKE_CLOSE);
    check_end(call, FAKE_FATAL);
    check_end(call, FAKE_HALF);
    check_end(call, FAKE_HANG);
    check_absence(call);
}
