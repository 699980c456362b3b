#include "unit.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"

static struct arena *arena;

static bool reads(const char *json) {
    json_t *value = json_read_object(text_of(json));
    json_decref(value);
    return value != NULL;
}

static void unit_written(const char *json, const char *expected) {
    struct buffer out;
    buffer_init(&out, 65536);
    json_t *value = json_loads(json, JSON_DECODE_ANY, NULL);
    ck_assert_ptr_nonnull(value);
    json_write(value, &out);
    json_decref(value);
    unit_assert_text(buffer_text(&out), expected);
    buffer_done(&out);
}

START_TEST(an_object_is_read) {
    ck_assert(reads("{}"));
    ck_assert(reads(" \r\n\t{\"a\":[1,2.5,-0,1e2,true,false,null,\"\\ud83d\\ude00\"]} \n"));
    ck_assert(reads("{\"a\":{\"b\":{\"a\":1}}}"));
    ck_assert(reads("{\"\":1}"));
}
END_TEST

static const char *const refused[] = {
    "[]",
    "\"a\"",
    "1",
    "null",
    "true",
    "", /* J4 */
    "{\"a\":1,\"a\":1}",
    "{\"A\":1,\"\\u0041\":2}",   /* J3 */
    "{\"a\":{\"b\":1,\"b\":2}}", /**/
    "{} x",
    "{}{}",
    "{}]",
    "{},", /* J9 */
    "{\"a\":\"\x01\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"\t\"}", /* J10 */
    "{\"a\":\"\\u0000\"}",
    "{\"\\u0000\":1}",
    "{\"a\\u0000b\":1}", /* J11 */
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\udc00\\ud800\"}", /* J13 */
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\ud800x\"}", /**/
    "\xEF\xBB\xBF{}",       /* J14 */
    "{\"a\":9223372036854775808}",
    "{\"a\":-9223372036854775809}", /* J15 */
    "{\"a\":1e400}",
    "{\"a\":-1e400}", /* J16 */
    "{\"a\":NaN}",
    "{\"a\":Infinity}",
    "{\"a\":-Infinity}", /* J20 */
    "{'a':1}",
    "{a:1}",
    "{\"a\":1,}",
    "{\"a\":[1,]}", /**/
    "/**/{}",
    "{\"a\":1}//",
    "{\"a\":.5}",
    "{\"a\":5.}", /**/
    "{\"a\":01}",
    "{\"a\":+1}",
    "{\"a\":0x1}",
    "{\"a\":1e}", /**/
    "{\"a\" 1}",
    "{\"a\":}",
    "{\"a\"}",
    "{:1}",
    "{\"a\":1",
    "{", /* J1 */
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u00g0\"}",
    "{\"a\":\"", /**/
    "{\"a\":tru}",
    "{\"a\":TRUE}",
    "{1:1}",
    "{\"a\":\"\\\"}", /**/
    "{\"a\":\"\xFF\"}",
    "{\"a\":\"\xC0\xAF\"}", /* U1, U3 */
    "{\"a\":\"\xED\xA0\x80\"}",
    "{\"a\":\"\xF4\x90\x80\x80\"}", /* U4 */
    "{\"\xFF\":1}",
    "{\"a\":\xC3\xA9}", /**/
};

START_TEST(J1_J3_J4_J9_J10_J11_J13_J14_J15_J16_J20_what_is_not_one_strict_object_is_refused) {
    ck_assert_msg(!reads(refused[_i]), "%s", refused[_i]);
}
END_TEST

START_TEST(J9_J10_a_raw_nul_is_refused_wherever_it_stands) {
    static const char *const bodies[] = {"{}0", "0{}", "{\"a\":\"0\"}", "{\"0\":1}", "{\"a\":10}"};
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        char body[32];
        size_t len = strlen(bodies[i]);
        memcpy(body, bodies[i], len);
        *(char *)memchr(body, '0', len) = '\0';
        ck_assert_ptr_null(json_read_object(text_span(body, len)));
    }
    ck_assert_ptr_null(json_read_object(text_of(NULL)));
}
END_TEST

START_TEST(J14_utf16_is_refused) {
    ck_assert_ptr_null(json_read_object(text_span("\xFF\xFE{\0}\0", 6)));
    ck_assert_ptr_null(json_read_object(text_span("{\0}\0", 4)));
}
END_TEST

static char *nested(size_t depth, const char *open, const char *close) {
    size_t width = strlen(open);
    char *json = malloc(depth * (width + strlen(close)) + 16);
    char *at = json;
    for (size_t i = 0; i < depth; i++) {
        at = stpcpy(at, open);
    }
    at = stpcpy(at, "1");
    for (size_t i = 0; i < depth; i++) {
        at = stpcpy(at, close);
    }
    return json;
}

/* The innermost number is a level of its own. */
START_TEST(J12_nesting_has_an_end) {
    char *fits = nested(2047, "{\"a\":", "}"), *beyond = nested(2048, "{\"a\":", "}");
    char *absurd = nested(100000, "{\"a\":", "}"), *lists = nested(100000, "[", "]");
    ck_assert(reads(fits));
    ck_assert(!reads(beyond));
    ck_assert(!reads(absurd));
    ck_assert(!reads(lists));
    free(fits);
    free(beyond);
    free(absurd);
    free(lists);
}
END_TEST

START_TEST(J15_a_hundred_thousand_digits_are_too_many) {
    char *json = malloc(100020);
    memset(json, '9', 100010);
    memcpy(json, "{\"a\":", 5);
    strcpy(json + 100005, "}");
    ck_assert(!reads(json));
    free(json);
}
END_TEST

START_TEST(J17_what_is_too_small_is_a_real_zero) {
    json_t *value = json_read_object(text_of("{\"a\":1e-400}"));
    ck_assert(json_is_real(json_object_get(value, "a")));
    json_decref(value);
}
END_TEST

START_TEST(Q7_Q16_what_is_written_is_inert_in_html) {
    unit_written("\"</script><img src=x onerror='a&b'>\"",
                 "\"\\u003c/script\\u003e\\u003cimg src=x onerror='a\\u0026b'\\u003e\"");
    unit_written("\"a\\u2028b\\u2029c\\u202ad\"", "\"a\\u2028b\\u2029c\xE2\x80\xAA"
                                                  "d\"");
    unit_written("{\"<\":[\"&\",1,null,true]}", "{\"\\u003c\":[\"\\u0026\",1,null,true]}");
    unit_written("\"\\u0001\\u001f\\\"\\\\\"", "\"\\u0001\\u001F\\\"\\\\\"");
    unit_written("\"\xF0\x9F\x98\x80 \xC3\xA9\"", "\"\xF0\x9F\x98\x80 \xC3\xA9\"");
    unit_written("[]", "[]");
}
END_TEST

START_TEST(what_does_not_fit_is_a_failed_buffer) {
    struct buffer out;
    buffer_init(&out, 4);
    json_t *value = json_string("12345");
    json_write(value, &out);
    ck_assert(out.failed);
    json_decref(value);
    buffer_reset(&out);
    json_write(NULL, &out);
    ck_assert(out.failed);
    buffer_done(&out);
}
END_TEST

START_TEST(in_a_scope_memory_is_the_arenas) {
    json_t *before = json_string("from before");
    json_scope_enter(arena);
    json_t *inside = json_read_object(text_of("{\"a\":\"b\"}"));
    ck_assert(arena_owns(arena, inside));
    ck_assert(arena_owns(arena, json_string_value(json_object_get(inside, "a"))));
    json_decref(before);
    json_decref(inside);
    json_scope_leave();
    json_t *after = json_string("from after");
    ck_assert(!arena_owns(arena, after));
    json_decref(after);
    arena_reset(arena);
}
END_TEST

START_TEST(P17_an_arena_that_is_full_is_told_from_bad_json) {
    struct arena *small = arena_new(256, 256);
    json_scope_enter(small);
    ck_assert_ptr_null(json_read_object(text_of("{\"a\":[1,2,3,4,5,6,7,8,9,\"0123456789\"]}")));
    ck_assert(arena_failed(small));
    arena_reset(small);
    ck_assert_ptr_null(json_read_object(text_of("{")));
    json_scope_leave();
    arena_free(&small);
}
END_TEST

static void *use_own_arena(void *argument) {
    (void)argument;
    struct arena *own = arena_new(4096, 1 << 20);
    for (int i = 0; i < 200; i++) {
        json_scope_enter(own);
        json_t *value = json_read_object(text_of("{\"a\":\"b\",\"c\":[1,2,3]}"));
        bool good = arena_owns(own, value);
        json_scope_leave();
        arena_reset(own);
        if (!good) {
            arena_free(&own);
            return NULL;
        }
    }
    arena_free(&own);
    return &arena;
}

START_TEST(each_thread_has_its_own_scope) {
    pthread_t threads[3];
    for (int i = 0; i < 3; i++) {
        pthread_create(&threads[i], NULL, use_own_arena, NULL);
    }
    for (int i = 0; i < 3; i++) {
        void *good;
        pthread_join(threads[i], &good);
        ck_assert_ptr_nonnull(good);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("json");
    TCase *cases = tcase_create("json");
    json_start();
    arena = arena_new(4096, 1 << 20);
    tcase_set_timeout(cases, 30);
    tcase_add_test(cases, an_object_is_read);
    tcase_add_loop_test(
        cases, J1_J3_J4_J9_J10_J11_J13_J14_J15_J16_J20_what_is_not_one_strict_object_is_refused, 0,
        (int)(sizeof refused / sizeof refused[0]));
    tcase_add_test(cases, J9_J10_a_raw_nul_is_refused_wherever_it_stands);
    tcase_add_test(cases, J14_utf16_is_refused);
    tcase_add_test(cases, J12_nesting_has_an_end);
    tcase_add_test(cases, J15_a_hundred_thousand_digits_are_too_many);
    tcase_add_test(cases, J17_what_is_too_small_is_a_real_zero);
    tcase_add_test(cases, Q7_Q16_what_is_written_is_inert_in_html);
    tcase_add_test(cases, what_does_not_fit_is_a_failed_buffer);
    tcase_add_test(cases, in_a_scope_memory_is_the_arenas);
    tcase_add_test(cases, P17_an_arena_that_is_full_is_told_from_bad_json);
    tcase_add_test(cases, each_thread_has_its_own_scope);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    arena_free(&arena);
    return code;
}
