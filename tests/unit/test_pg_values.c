/* Binary parameters and results, byte by byte, without a server. */
#include "unit.h"

#include <stdlib.h>
#include <string.h>

#include "link/pg.h"

static struct pg_array array;
static struct pg_params params;
static PGresult *result;

static void set_up(void) {
    pg_params_init(&params);
    result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
}

static void tear_down(void) {
    PQclear(result);
}

static void check_param(int at, const char *bytes, size_t len) {
    ck_assert_int_lt(at, params.count);
    ck_assert_int_eq(params.lengths[at], (int)len);
    ck_assert_mem_eq(params.values[at], bytes, len);
}

/* A result of one row and one column. */
static void set_value(const void *bytes, int len, int format) {
    char name[] = "n";
    PGresAttDesc column = {.name = name, .format = format, .typid = 0, .typlen = -1};
    char *copy = malloc((size_t)len + 1);

    PQclear(result);
    result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    memcpy(copy, bytes, (size_t)len);
    ck_assert_int_eq(PQsetResultAttrs(result, 1, &column), 1);
    ck_assert_int_eq(PQsetvalue(result, 0, 0, copy, len), 1);
    free(copy);
}

static void set_null(void) {
    char name[] = "n";
    PGresAttDesc column = {.name = name, .format = 1, .typlen = -1};

    PQclear(result);
    result = PQmakeEmptyPGresult(NULL, PGRES_TUPLES_OK);
    ck_assert_int_eq(PQsetResultAttrs(result, 1, &column), 1);
    ck_assert_int_eq(PQsetvalue(result, 0, 0, NULL, -1), 1);
}

#define SET(literal) set_value(literal, sizeof(literal) - 1, 1)

/* --- parameters --- */

START_TEST(integers_are_big_endian) {
    uint8_t two[2], four[4], eight[8];

    pg_params_add_int2(&params, two, -2);
    pg_params_add_int4(&params, four, 0x01020304);
    pg_params_add_int8(&params, eight, INT64_MIN);
    check_param(0, "\xff\xfe", 2);
    check_param(1, "\1\2\3\4", 4);
    check_param(2, "\x80\0\0\0\0\0\0\0", 8);
}
END_TEST

START_TEST(times_begin_in_the_year_2000) {
    uint8_t time[8];

    pg_params_add_time_ms(&params, time, 946684800001);
    check_param(0, "\0\0\0\0\0\0\x03\xe8", 8);
    pg_params_add_time_ms(&params, time, INT64_MIN);
    pg_params_add_time_ms(&params, time, INT64_MAX);
    ck_assert_int_eq(params.count, 3);
    ck_assert_ptr_null(params.values[1]);
    ck_assert_ptr_null(params.values[2]);
}
END_TEST

START_TEST(absent_text_is_null_and_empty_text_is_not) {
    pg_params_add_text(&params, text_of(NULL));
    pg_params_add_text(&params, text_of(""));
    pg_params_add_text(&params, text_span("a\0b", 3));
    ck_assert_ptr_null(params.values[0]);
    ck_assert_ptr_nonnull(params.values[1]);
    check_param(1, "", 0);
    check_param(2, "a\0b", 3);
}
END_TEST

START_TEST(one_parameter_too_many_spoils_them) {
    for (int i = 0; i < PG_PARAMS_MAX; i++)
        pg_params_add_text(&params, text_of("x"));
    ck_assert_int_eq(params.count, PG_PARAMS_MAX);
    pg_params_add_text(&params, text_of("x"));
    pg_params_add_text(&params, text_of("x"));
    ck_assert_int_eq(params.count, PG_PARAMS_MAX + 1);
}
END_TEST

/* --- arrays --- */

START_TEST(an_empty_array_has_no_dimension) {
    pg_array_init(&array, PG_INT4, 1000);
    ck_assert(pg_params_add_array(&params, &array));
    check_param(0, "\0\0\0\0\0\0\0\0\0\0\0\x17", 12);
    pg_array_done(&array);
}
END_TEST

START_TEST(an_array_of_integers_is_as_the_server_wants_it) {
    pg_array_init(&array, PG_INT2, 1000);
    pg_array_add_int(&array, 1);
    pg_array_add_int(&array, -1);
    ck_assert(pg_params_add_array(&params, &array));
    check_param(0,
                "\0\0\0\1\0\0\0\0\0\0\0\x15\0\0\0\2\0\0\0\1"
                "\0\0\0\2\0\1\0\0\0\2\xff\xff",
                32);
    pg_array_done(&array);
}
END_TEST

START_TEST(an_array_of_text_may_hold_nulls) {
    pg_array_init(&array, PG_TEXT, 1000);
    pg_array_add_text(&array, text_of("ab"));
    pg_array_add_text(&array, text_of(NULL));
    pg_array_add_bytes(&array, "", 0);
    ck_assert(pg_params_add_array(&params, &array));
    check_param(0,
                "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1"
                "\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0",
                34);
    pg_array_done(&array);
}
END_TEST

START_TEST(an_array_of_booleans_has_bytes) {
    pg_array_init(&array, PG_BOOL, 1000);
    pg_array_add_bool(&array, true);
    pg_array_add_bool(&array, false);
    ck_assert(pg_params_add_array(&params, &array));
    check_param(0,
                "\0\0\0\1\0\0\0\0\0\0\0\x10\0\0\0\2\0\0\0\1"
                "\0\0\0\1\1\0\0\0\1\0",
                30);
    pg_array_done(&array);
}
END_TEST

START_TEST(a_reset_array_begins_anew) {
    pg_array_init(&array, PG_INT8, 1000);
    pg_array_add_text(&array, text_of(NULL));
    pg_array_reset(&array);
    pg_array_add_int(&array, 5);
    ck_assert(pg_params_add_array(&params, &array));
    check_param(0,
                "\0\0\0\1\0\0\0\0\0\0\0\x14\0\0\0\1\0\0\0\1"
                "\0\0\0\x8\0\0\0\0\0\0\0\5",
                32);
    pg_array_done(&array);
}
END_TEST

START_TEST(an_array_over_its_limit_is_not_added) {
    pg_array_init(&array, PG_BYTEA, 40);
    pg_array_add_bytes(&array, "0123456789abcdef", 16);
    pg_array_add_bytes(&array, "x", 1);
    ck_assert(!pg_params_add_array(&params, &array));
    ck_assert_int_eq(params.count, 0);
    pg_array_reset(&array);
    pg_array_add_bytes(&array, "x", 1);
    ck_assert(pg_params_add_array(&params, &array));
    pg_array_done(&array);
}
END_TEST

/* --- results --- */

START_TEST(integers_of_every_width_keep_their_sign) {
    SET("\1");
    ck_assert(pg_get_bool(result, 0, 0));
    SET("\0");
    ck_assert(!pg_get_bool(result, 0, 0));
    SET("\xff\xfe");
    ck_assert_int_eq(pg_get_int(result, 0, 0), -2);
    SET("\x7f\xff\xff\xff");
    ck_assert_int_eq(pg_get_int(result, 0, 0), INT32_MAX);
    SET("\x80\0\0\0\0\0\0\0");
    ck_assert_int_eq(pg_get_int(result, 0, 0), INT64_MIN);
    set_null();
    ck_assert_int_eq(pg_get_int(result, 0, 0), 0);
}
END_TEST

START_TEST(numbers_of_a_script_are_text) {
    set_value("-12", 3, 0);
    ck_assert_int_eq(pg_get_int(result, 0, 0), -12);
    set_value("t", 1, 0);
    ck_assert(pg_get_bool(result, 0, 0));
    set_value("f", 1, 0);
    ck_assert(!pg_get_bool(result, 0, 0));
}
END_TEST

START_TEST(text_keeps_its_nuls_and_null_is_absent) {
    SET("a\0b");
    ck_assert_uint_eq(pg_get_text(result, 0, 0).len, 3);
    SET("");
    ck_assert_ptr_nonnull(pg_get_text(result, 0, 0).data);
    ck_assert_uint_eq(pg_get_text(result, 0, 0).len, 0);
    set_null();
    ck_assert_ptr_null(pg_get_text(result, 0, 0).data);
}
END_TEST

START_TEST(times_are_unix_milliseconds) {
    SET("\0\0\0\0\0\0\0\0");
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 946684800000);
    SET("\xff\xff\xff\xff\xff\xff\xff\xff"); /* a microsecond before */
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 946684799999);
    SET("\0\0\0\0\0\0\x07\xd0");
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 946684800002);
    SET("\x7f\xff\xff\xff\xff\xff\xff\xff");
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 0);
    SET("\x80\0\0\0\0\0\0\0");
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 0);
    SET("\0\0\0\0");
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 0);
    set_null();
    ck_assert_int_eq(pg_get_time_ms(result, 0, 0), 0);
}
END_TEST

START_TEST(arrays_of_integers_come_back) {
    int64_t out[4];

    SET("\0\0\0\1\0\0\0\1\0\0\0\x15\0\0\0\3\0\0\0\1\0\0\0\2\0\1\xff\xff\xff\xff\0\0\0\2\xff\xff");
    ck_assert_int_eq(pg_get_ints(result, 0, 0, out, 4), 3);
    ck_assert_int_eq(out[0], 1);
    ck_assert_int_eq(out[1], 0);
    ck_assert_int_eq(out[2], -1);
    ck_assert_int_eq(pg_get_ints(result, 0, 0, out, 2), -1);
    SET("\0\0\0\0\0\0\0\0\0\0\0\x17");
    ck_assert_int_eq(pg_get_ints(result, 0, 0, out, 4), 0);
}
END_TEST

START_TEST(arrays_of_text_come_back_as_views) {
    struct text out[3];

    SET("\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\3\0\0\0\1\0\0\0\2ab\xff\xff\xff\xff\0\0\0\0");
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), 3);
    unit_assert_text(out[0], "ab");
    ck_assert_ptr_null(out[1].data);
    ck_assert_ptr_nonnull(out[2].data);
    ck_assert_uint_eq(out[2].len, 0);
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 2), -1);
}
END_TEST

START_TEST(what_is_no_array_is_refused) {
    static const char good[] = "\0\0\0\1\0\0\0\1\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\2ab";
    struct text out[3];
    int64_t ints[3];

    for (int len = 0; len < (int)sizeof good - 1; len++) {
        set_value(good, len, 1);
        ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), -1);
    }
    SET(good);
    ck_assert_int_eq(pg_get_ints(result, 0, 0, ints, 3), -1);
    SET("\0\0\0\2\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1a");
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), -1);
    SET("\0\0\0\1\0\0\0\0\0\0\0\x19\xff\xff\xff\xff\0\0\0\1");
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), -1);
    SET("\0\0\0\1\0\0\0\0\0\0\0\x19\0\0\0\1\0\0\0\1\xff\xff\xff\xfe");
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), -1);
    SET("\0\0\0\1\0\0\0\0\0\0\0\x17\0\0\0\1\0\0\0\1\0\0\0\2\0\1");
    ck_assert_int_eq(pg_get_ints(result, 0, 0, ints, 3), -1);
    set_value("{1}", 3, 0);
    ck_assert_int_eq(pg_get_ints(result, 0, 0, ints, 3), -1);
    set_null();
    ck_assert_int_eq(pg_get_ints(result, 0, 0, ints, 3), -1);
    ck_assert_int_eq(pg_get_texts(result, 0, 0, out, 3), -1);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pg_values");
    TCase *tcase = tcase_create("binary");
    static const TTest *const *const tests[] = {
        &integers_are_big_endian,
        &times_begin_in_the_year_2000,
        &absent_text_is_null_and_empty_text_is_not,
        &one_parameter_too_many_spoils_them,
        &an_empty_array_has_no_dimension,
        &an_array_of_integers_is_as_the_server_wants_it,
        &an_array_of_text_may_hold_nulls,
        &an_array_of_booleans_has_bytes,
        &a_reset_array_begins_anew,
        &an_array_over_its_limit_is_not_added,
        &integers_of_every_width_keep_their_sign,
        &numbers_of_a_script_are_text,
        &text_keeps_its_nuls_and_null_is_absent,
        &times_are_unix_milliseconds,
        &arrays_of_integers_come_back,
        &arrays_of_text_come_back_as_views,
        &what_is_no_array_is_refused,
    };

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof tests / sizeof tests[0]; i++)
        tcase_add_test(tcase, *tests[i]);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
