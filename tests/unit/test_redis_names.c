/* Names that need no server: addresses, and what Redis calls a script. */
#include "unit.h"

#include <string.h>

#include "link/redis.h"

struct form {
    const char *address;
    enum status status;
};

static const struct form forms[] = {
    {"unix:/run/redis.sock", ST_OK},
    {"redis://127.0.0.1:6379", ST_OK},
    {"redis://[::1]:6379/3", ST_OK},
    {"redis://redis:6379/", ST_OK},
    {"unix:", ST_INVALID},
    {"unix:relative", ST_INVALID},
    {"rediss://127.0.0.1:6379", ST_INVALID},
    {"redis://127.0.0.1", ST_INVALID},
    {"redis://127.0.0.1:0", ST_INVALID},
    {"redis://127.0.0.1:65536", ST_INVALID},
    {"redis://:6379", ST_INVALID},
    {"redis://::1:6379", ST_INVALID},
    {"redis://[::1:6379", ST_INVALID},
    {"redis://[::1]6379", ST_INVALID},
    {"redis://a:6379/x", ST_INVALID},
    {"redis://a:6379/-1", ST_INVALID},
    {"127.0.0.1:6379", ST_INVALID},
    {"sentinel://127.0.0.1:26379/countersign", ST_OK},
    {"sentinel://a:26379,[::1]:26379,c:26379/countersign/3", ST_OK},
    {"sentinel://a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9/x", ST_OK},
    {"sentinel://a:1,a:2,a:3,a:4,a:5,a:6,a:7,a:8,a:9,a:10/x", ST_INVALID},
    {"sentinel://a:26379", ST_INVALID},
    {"sentinel://a:26379/", ST_INVALID},
    {"sentinel://a/x", ST_INVALID},
    {"sentinel:///x", ST_INVALID},
    {"sentinel://a:26379,/x", ST_INVALID},
    {"sentinel://a:26379/x/y", ST_INVALID},
    {"", ST_INVALID},
};

START_TEST(R15_addresses_are_taken_or_refused) {
    struct redis_options options = {.address = forms[_i].address, .timeout_ms = 100};
    struct redis *made = NULL;

    ck_assert_msg(redis_new(&options, &made) == forms[_i].status, "%s", forms[_i].address);
    ck_assert_int_eq(made != NULL, forms[_i].status == ST_OK);
    redis_free(&made);
}
END_TEST

/* Known digests, around the sizes at which a block is filled. */
START_TEST(a_script_is_named_by_its_digest) {
    static const struct {
        size_t len;
        const char *sha;
    } known[] = {
        {0, "da39a3ee5e6b4b0d3255bfef95601890afd80709"},
        {1, "86f7e437faa5a7fce15d1ddcb9eaeaea377667b8"},
        {55, "c1c8bbdc22796e28c0e15163d20899b65621d65a"},
        {56, "c2db330f6083854c99d4b5bfb6e8f29f201be699"},
        {64, "0098ba824b5c16427bd7a1122a5a442a25ec644d"},
        {1000, "291e9a6c66994949b57ba5e650361e98fc36b1ba"},
    };
    char body[1001];
    struct redis_script script;

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        memset(body, 'a', known[i].len);
        body[known[i].len] = '\0';
        redis_script_init(&script, body);
        ck_assert_str_eq(script.sha, known[i].sha);
    }
}
END_TEST

int main(void) {
    Suite *suite = suite_create("redis_names");
    TCase *tcase = tcase_create("names");

    tcase_add_loop_test(tcase, R15_addresses_are_taken_or_refused, 0,
                        sizeof forms / sizeof forms[0]);
    tcase_add_test(tcase, a_script_is_named_by_its_digest);
    suite_add_tcase(suite, tcase);
    return unit_run(suite);
}
