#include "unit.h"

#include <jansson.h>
#include <string.h>

#include "core/json.h"
#include "ctl/export_row.h"

static struct buffer out;
static struct arena *arena;
static struct signers_row row;
static struct signer signer;

static void set_up(void) {
    json_start();
    buffer_init(&out, 1 << 20);
    arena = arena_new(4096, 1 << 20);
    row = (struct signers_row){.id = 7,
                               .state = text_of("confirmed"),
                               .text_version = 3,
                               .signed_at_ms = 1000,
                               .confirmed_at_ms = 2000};
    signer = (struct signer){.email = text_of("ada@example.org"),
                             .given_name = text_of("=Ada"),
                             .comment = text_of("a \"b\"\nc"),
                             .show_name = true};
}

static void tear_down(void) {
    arena_free(&arena);
    buffer_done(&out);
}

START_TEST(the_header_is_the_contract) {
    export_row_header(&out);
    ck_assert_str_eq(out.data,
                     "id,state,email,given_name,family_name,country,region,locality,postal_code,"
                     "comment,show_name,subscribe,text_version,source,referrer,locale,signed_at,"
                     "confirmed_at\r\n");
}
END_TEST

START_TEST(Q6_a_row_of_csv) {
    export_row_csv(&row, &signer, &out);
    ck_assert_str_eq(out.data, "7,confirmed,ada@example.org,'=Ada,,,,,,\"a \"\"b\"\"\nc\",true,"
                               "false,3,,,,1970-01-01T00:00:01.000Z,1970-01-01T00:00:02.000Z\r\n");
}
END_TEST

START_TEST(a_row_of_json_is_exact) {
    ck_assert(export_row_json(&row, &signer, arena, &out));
    json_t *json = json_loads(out.data, 0, NULL);
    ck_assert_uint_eq(json_object_size(json), 18);
    ck_assert_int_eq(json_integer_value(json_object_get(json, "id")), 7);
    ck_assert_str_eq(json_string_value(json_object_get(json, "given_name")), "=Ada");
    ck_assert_str_eq(json_string_value(json_object_get(json, "comment")), "a \"b\"\nc");
    ck_assert(json_is_true(json_object_get(json, "show_name")));
    ck_assert(json_is_null(json_object_get(json, "family_name")));
    json_decref(json);
    ck_assert_str_eq(out.data + out.len - 2, "}\n");
}
END_TEST

START_TEST(who_never_counted_has_no_time_of_it) {
    row.confirmed_at_ms = 0;
    export_row_csv(&row, &signer, &out);
    ck_assert_str_eq(out.data + out.len - 28, ",1970-01-01T00:00:01.000Z,\r\n");
    buffer_reset(&out);
    ck_assert(export_row_json(&row, &signer, arena, &out));
    ck_assert_ptr_nonnull(strstr(out.data, "\"confirmed_at\":null"));
}
END_TEST

START_TEST(P17_without_memory_there_is_no_half_row) {
    arena_free(&arena);
    arena = arena_new(64, 256);
    ck_assert(!export_row_json(&row, &signer, arena, &out));
    ck_assert_uint_eq(out.len, 0);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("export_row");
    TCase *all = tcase_create("export_row");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, the_header_is_the_contract);
    tcase_add_test(all, Q6_a_row_of_csv);
    tcase_add_test(all, a_row_of_json_is_exact);
    tcase_add_test(all, who_never_counted_has_no_time_of_it);
    tcase_add_test(all, P17_without_memory_there_is_no_half_row);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
