#include "unit.h"

#include <string.h>

#include "core/caller.h"

static bool same(const struct caller *a, const struct caller *b, size_t level) {
    return a->levels[level].len == b->levels[level].len &&
           memcmp(a->levels[level].bytes, b->levels[level].bytes, a->levels[level].len) == 0;
}

static struct caller parse(const char *address) {
    struct caller caller;
    ck_assert_msg(caller_parse(text_of(address), &caller), "%s", address);
    return caller;
}

START_TEST(I3_an_ipv4_address_has_one_bucket_in_both_spellings) {
    struct caller plain = parse("1.2.3.4"), mapped = parse("::ffff:1.2.3.4"),
                  hex = parse("::FFFF:102:304"), other = parse("1.2.3.5");
    ck_assert_uint_eq(plain.count, 1);
    ck_assert_uint_eq(mapped.count, 1);
    ck_assert(same(&plain, &mapped, 0));
    ck_assert(same(&plain, &hex, 0));
    ck_assert(!same(&plain, &other, 0));
    ck_assert_mem_eq(plain.levels[0].bytes, "\x20\x01\x02\x03\x04", 5);
}
END_TEST

START_TEST(I4_an_ipv6_address_is_limited_by_three_prefixes) {
    struct caller a = parse("2001:db8:1:2:3:4:5:6"), b = parse("2001:DB8:1:2:ffff::1"),
                  c = parse("2001:db8:1:3::1"), d = parse("2001:db8:1:102::1"),
                  e = parse("2001:db8:2::");
    ck_assert_uint_eq(a.count, 3);
    ck_assert(same(&a, &b, 0) && same(&a, &b, 1) && same(&a, &b, 2));
    ck_assert(!same(&a, &c, 0) && same(&a, &c, 1) && same(&a, &c, 2));
    ck_assert(!same(&a, &d, 0) && !same(&a, &d, 1) && same(&a, &d, 2));
    ck_assert(!same(&a, &e, 0) && !same(&a, &e, 1) && !same(&a, &e, 2));
    ck_assert_uint_eq(a.levels[0].len, 9);
    ck_assert_uint_eq(a.levels[0].bytes[0], 64);
    ck_assert_uint_eq(a.levels[1].len, 8);
    ck_assert_uint_eq(a.levels[2].len, 7);
}
END_TEST

START_TEST(prefixes_of_two_lengths_are_never_equal) {
    struct caller zero = parse("::"), any = parse("0.0.0.0");
    ck_assert_uint_eq(zero.count, 3);
    ck_assert_uint_eq(any.count, 1);
    ck_assert(!same(&zero, &any, 0));
}
END_TEST

static const char *const bad[] = {
    "",
    "localhost",
    "1.2.3",
    "1.2.3.4.5",
    "1.2.3.256",
    "01.2.3.4",
    "1.2.3.4 ",
    " 1.2.3.4",
    "1.2.3.4:80",
    "[::1]",
    "::1%eth0",
    "fe80::1%1",
    "1::2::3",
    ":::",
    "12345::",
    "1.2.3.4, 5.6.7.8",
    "unix:",
    "0x1.2.3.4",
    "2001:db8:1:2:3:4:5:6:7",
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
};

START_TEST(what_is_no_address_is_refused) {
    struct caller caller = {.count = 42};
    ck_assert_msg(!caller_parse(text_of(bad[_i]), &caller), "%s", bad[_i]);
    ck_assert_uint_eq(caller.count, 42);
}
END_TEST

START_TEST(an_address_with_a_nul_is_refused) {
    struct caller caller;
    ck_assert(!caller_parse(text_span("1.2.3.4\0x", 9), &caller));
    ck_assert(!caller_parse(text_of(NULL), &caller));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("caller");
    TCase *cases = tcase_create("caller");
    tcase_add_test(cases, I3_an_ipv4_address_has_one_bucket_in_both_spellings);
    tcase_add_test(cases, I4_an_ipv6_address_is_limited_by_three_prefixes);
    tcase_add_test(cases, prefixes_of_two_lengths_are_never_equal);
    tcase_add_loop_test(cases, what_is_no_address_is_refused, 0, (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(cases, an_address_with_a_nul_is_refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
