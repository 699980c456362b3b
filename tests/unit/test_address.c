#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

struct spelling {
    const char *typed, *mail, *canonical;
};

static const struct spelling good[] = {
    {"a@b.org", "a@b.org", "a@b.org"},
    {"Ada.Byron@Example.ORG", "Ada.Byron@Example.ORG", "ada.byron@example.org"}, /* E10 */
    {"a+tag@example.org", "a+tag@example.org", "a+tag@example.org"},             /* E11 */
    {"A.D.A+x@GMail.com", "A.D.A+x@GMail.com", "ada@gmail.com"},
    {"a.da@googlemail.com", "a.da@googlemail.com", "ada@gmail.com"},
    {"a.da+x+y@outlook.com", "a.da+x+y@outlook.com", "a.da@outlook.com"},
    {"ada.+x@me.com", "ada.+x@me.com", "ada@me.com"},
    {"ada+x@pm.me", "ada+x@pm.me", "ada@proton.me"},
    {"+tag@gmail.com", "+tag@gmail.com", "+tag@gmail.com"},
    {"a@b-c.d2.example", "a@b-c.d2.example", "a@b-c.d2.example"},
    {"1@2.example", "1@2.example", "1@2.example"},
    {"#$&'*+-/=?^_`{|}~@example.org", "#$&'*+-/=?^_`{|}~@example.org",
     "#$&'*+-/=?^_`{|}~@example.org"},
    {"a@b\xC3\xBC"
     "cher.example",
     "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"}, /* E8 */
    {"a@B\xC3\x9C"
     "CHER.Example",
     "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
    {"a@bu\xCC\x88"
     "cher.example",
     "a@xn--bcher-kva.example", "a@xn--bcher-kva.example"},
    {"a@XN--Bcher-KVA.example", "a@XN--Bcher-KVA.example", "a@xn--bcher-kva.example"},
    {"a@\xEF\xBC\xA2.example", "a@b.example", "a@b.example"}, /* a wide letter */
    {"a@fa\xC3\x9F.de", "a@xn--fa-hia.de", "a@xn--fa-hia.de"},
    {"a@\xE4\xBE\x8B\xE3\x81\x88.jp", "a@xn--r8jz45g.jp", "a@xn--r8jz45g.jp"},
    {"a@\xD0\xBF\xD1\x80\xD0\xB8\xD0\xBC\xD0\xB5\xD1\x80.\xD1\x80\xD1\x84",
     "a@xn--e1afmkfd.xn--p1ai", "a@xn--e1afmkfd.xn--p1ai"},
    {"a@japan-\xE4\xBE\x8B\xE3\x82\xA2.example", NULL, NULL}, /* Latin with Han and Katakana */
};

START_TEST(E8_E10_E11_one_mailbox_has_one_key) {
    struct address address;
    const struct spelling *spelling = &good[_i];
    ck_assert_msg(address_parse(text_of(spelling->typed), &address) == ST_OK, "%s",
                  spelling->typed);
    if (spelling->mail) {
        ck_assert_str_eq(address.mail, spelling->mail);
        ck_assert_str_eq(address.canonical, spelling->canonical);
    }
    /* A canonical address is its own key. */
    struct address again;
    ck_assert_int_eq(address_parse(text_of(address.canonical), &again), ST_OK);
    ck_assert_str_eq(again.canonical, address.canonical);
}
END_TEST

static const char *const bad[] = {
    "",
    "a",
    "@",
    "a@",
    "@b.org",
    /* E2 */ "a@b",
    "a@localhost",
    "a@[127.0.0.1]",
    "a@[IPv6:::1]",
    "a@127.0.0.1",
    "a@1.2",
    /* E4 */ "a@@b.org",
    "a@b@c.org",
    ".a@b.org",
    "a.@b.org",
    "a..b@c.org",
    "a@.b.org",
    "a@b..org",
    "a@b.org.",
    "a.b.org",
    /* E5 */ "a@b.org\r\n",
    "a\r\n@b.org",
    "a@b\n.org",
    "\ta@b.org",
    "a b@c.org",
    "a@b c.org",
    "a@b.org ",
    " a@b.org",
    "a@b.org,c@d.org",
    "a@b.org;c@d.org",
    "<a@b.org>",
    "Ada <a@b.org>",
    "a<@b.org",
    "a>@b.org",
    "a@b.org>\r\nRCPT TO:<c@d.org",
    /* E6 */ "\"a b\"@example.org",
    "\"a\"@example.org",
    "a(comment)@example.org",
    "a@example.org(comment)",
    "(c)a@b.org",
    /* E7 */ "\xC3\xA4@example.org",
    "\xE9\x99\x88@example.org",
    /* E9 */ "a@\xD0\xB0pple.com",
    "a@xn--pple-43d.com",
    "a@xn--zzzzzz-.org",
    "a@xn--0.org",
    "a@xn--a.org",
    "a@xn--.org",
    "a@xn--ls8h.la",
    "a@\xF0\x9F\x92\xA9.la",
    "a@b\xC3\xBC\xD0\xB1.org",
    "a@\xCE\xB1\xD0\xB1\xE4\xBE\x8B\xE3\x81\x88\xE1\x84\x80z.org",
    "a@xn--example-.org",
    "a@a\xE2\x80\x8D"
    "b.org",
    "a@\xCC\x81"
    "b.org",
    /* E15 */ "a@b.123",
    "a@b.c.0",
    "a@-b.org",
    "a@b-.org",
    "a@b_c.org",
    /* E16 */ "a%b@c.org",
    "a!b@c.org",
    "@a,@b:c@d.org",
    "a%b.org@c.org",
    "host!user@c.org",
    "a@b.org\x7F",
    "a\\b@c.org",
    "a\"b@c.org",
    "a:b@c.org",
    "a[b@c.org",
    "mailto:a@b.org",
    "a@b.org?subject=x",
    "a@b.org/c",
    "a@b.org:25",
    "a@\xFF.org",
    "a@b\xC3.org",
    "\xFF@b.org",
    "a@\xE2\x80\xAE"
    "b.org",
    "a@b\xEF\xBC\x85.org",
    "a@b\xC2\xA8.org",
    "a@b\xE2\x80\x86.org",
    "a@b\xE2\x84\x80.org",
    "a@b\xE2\x89\xA0.org",
    "a@b\xC2\xAD.org",
    "a@b\xE2\x80\x8B.org",
    "a@b\xEF\xBC\xA0"
    "c.org",
};

START_TEST(E2_E4_E5_E6_E7_E9_E15_E16_what_is_not_a_plain_mailbox_is_refused) {
    struct address address = {.mail = "untouched"};
    ck_assert_msg(address_parse(text_of(bad[_i]), &address) == ST_INVALID, "%s", bad[_i]);
    ck_assert_str_eq(address.mail, "untouched");
}
END_TEST

START_TEST(E5_a_nul_is_refused_wherever_it_stands) {
    struct address address;
    char typed[] = "ab@c.org";
    for (size_t i = 0; i < sizeof typed - 1; i++) {
        char kept = typed[i];
        typed[i] = '\0';
        ck_assert_int_eq(address_parse(text_span(typed, sizeof typed - 1), &address), ST_INVALID);
        typed[i] = kept;
    }
    ck_assert_int_eq(address_parse(text_of(NULL), &address), ST_INVALID);
}
END_TEST

/* `local` letters, then a domain so that the whole has `total` bytes. */
static struct text sized(char *out, size_t local, size_t total) {
    memset(out, 'a', total);
    out[local] = '@';
    for (size_t i = local + 61; i + 4 < total; i += 60) {
        out[i] = '.';
    }
    memcpy(out + total - 4, ".org", 4);
    return text_span(out, total);
}

START_TEST(E3_E15_lengths_are_counted_to_the_byte) {
    struct address address;
    char typed[300];
    ck_assert_int_eq(address_parse(sized(typed, 64, 254), &address), ST_OK);
    ck_assert_uint_eq(strlen(address.mail), 254);
    ck_assert_int_eq(address_parse(sized(typed, 65, 254), &address), ST_INVALID);
    ck_assert_int_eq(address_parse(sized(typed, 64, 255), &address), ST_INVALID);
    ck_assert_int_eq(address_parse(sized(typed, 1, 254), &address), ST_OK);
    memcpy(typed, "a@", 2);
    memset(typed + 2, 'b', 64);
    memcpy(typed + 2 + 63, ".org", 5);
    ck_assert_int_eq(address_parse(text_of(typed), &address), ST_OK);
    memcpy(typed + 2 + 64, ".org", 5);
    typed[2 + 63] = 'b';
    ck_assert_int_eq(address_parse(text_of(typed), &address), ST_INVALID);
}
END_TEST

START_TEST(E3_a_name_that_grows_in_ascii_is_measured_there) {
    struct address address;
    char typed[300];
    memset(typed, 'a', 64);
    typed[64] = '@';
    size_t at = 65;
    for (int i = 0; i < 24; i++) {
        memcpy(typed + at, "\xC3\xBC.", 3);
        at += 3;
    }
    memcpy(typed + at, "org", 4);
    ck_assert_uint_lt(strlen(typed), 254);
    ck_assert_int_eq(address_parse(text_of(typed), &address), ST_INVALID);
}
END_TEST

static bool blocked(const struct blocklist *list, const char *typed) {
    struct address address;
    ck_assert_msg(address_parse(text_of(typed), &address) == ST_OK, "%s", typed);
    return blocklist_has(list, &address);
}

START_TEST(E14_names_that_answer_machines_are_blocked) {
    static const char *const names[] = {"postmaster",    "Abuse",      "no-reply",  "noreply",
                                        "MAILER-DAEMON", "hostmaster", "webmaster", "postmaster+x"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char typed[64] = "";
        strcat(strcat(typed, names[i]), "@example.org");
        ck_assert_msg(blocked(NULL, typed), "%s", typed);
    }
    ck_assert(!blocked(NULL, "postmasters@example.org"));
    ck_assert(!blocked(NULL, "ada@noreply.org"));
    ck_assert(!blocked(NULL, "info@example.org"));
}
END_TEST

START_TEST(E14_the_address_that_letters_come_from_is_blocked) {
    struct blocklist *list = NULL;
    size_t line = 0;
    ck_assert_int_eq(blocklist_read(NULL, NULL, &list, &line), ST_OK);
    ck_assert_ptr_null(list);
    ck_assert_int_eq(blocklist_read(NULL, "Petitions@Sender.example", &list, &line), ST_OK);
    ck_assert(blocked(list, "petitions@sender.example"));
    ck_assert(!blocked(list, "ada@sender.example"));
    blocklist_free(&list);
    ck_assert_int_eq(blocklist_read(NULL, "petitions@localhost", &list, &line), ST_OK);
    ck_assert(!blocked(list, "petitions@example.org"));
    blocklist_free(&list);
    ck_assert(blocked(NULL, "unsubscribe+x@sender.example"));
}
END_TEST

START_TEST(E13_a_list_blocks_addresses_and_domains) {
    struct blocklist *list = NULL;
    size_t line = 0;
    ck_assert_int_eq(blocklist_parse(text_of("# ours\nPetitions@Example.org\n\n@Trash.example\n"
                                             "a.d.a@gmail.com\r\n@b\xC3\xBC"
                                             "cher.example\n"),
                                     &list, &line),
                     ST_OK);
    ck_assert(blocked(list, "petitions@example.org"));
    ck_assert(!blocked(list, "petition@example.org"));
    ck_assert(blocked(list, "anyone@trash.example"));
    ck_assert(!blocked(list, "anyone@sub.trash.example"));
    ck_assert(blocked(list, "ada+x@googlemail.com"));
    ck_assert(!blocked(list, "bob@gmail.com"));
    ck_assert(blocked(list, "x@xn--bcher-kva.example"));
    ck_assert(blocked(list, "noreply@example.net"));
    blocklist_free(&list);
    ck_assert_ptr_null(list);
    blocklist_free(&list);
}
END_TEST

START_TEST(E13_a_long_list_is_searched_whole) {
    static char file[40000];
    struct blocklist *list = NULL;
    size_t line = 0, at = 0;
    for (int i = 0; i < 1000; i++) {
        at += (size_t)snprintf(file + at, sizeof file - at, "@d%d.example\n", (i * 7919) % 1000);
    }
    ck_assert_int_eq(blocklist_parse(text_span(file, at), &list, &line), ST_OK);
    ck_assert(blocked(list, "a@d0.example"));
    ck_assert(blocked(list, "a@d999.example"));
    ck_assert(!blocked(list, "a@d1000.example"));
    blocklist_free(&list);
    ck_assert_int_eq(blocklist_parse(text_of(""), &list, &line), ST_OK);
    ck_assert(!blocked(list, "a@d1.example"));
    blocklist_free(&list);
}
END_TEST

START_TEST(a_bad_line_of_a_list_is_named) {
    struct blocklist *list = NULL;
    size_t line = 0;
    ck_assert_int_eq(blocklist_parse(text_of("# x\n@a.org\nexample.org\n"), &list, &line),
                     ST_INVALID);
    ck_assert_uint_eq(line, 3);
    ck_assert_int_eq(blocklist_parse(text_of("@"), &list, &line), ST_INVALID);
    ck_assert_uint_eq(line, 1);
    static char large[400];
    memset(large, 'a', sizeof large - 1);
    ck_assert_int_eq(blocklist_parse(text_of(large), &list, &line), ST_INVALID);
    ck_assert_ptr_null(list);
}
END_TEST

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

int main(void) {
    Suite *suite = suite_create("address");
    TCase *cases = tcase_create("address");
    tcase_add_loop_test(cases, E8_E10_E11_one_mailbox_has_one_key, 0, COUNT(good));
    tcase_add_loop_test(cases, E2_E4_E5_E6_E7_E9_E15_E16_what_is_not_a_plain_mailbox_is_refused, 0,
                        COUNT(bad));
    tcase_add_test(cases, E5_a_nul_is_refused_wherever_it_stands);
    tcase_add_test(cases, E3_E15_lengths_are_counted_to_the_byte);
    tcase_add_test(cases, E3_a_name_that_grows_in_ascii_is_measured_there);
    tcase_add_test(cases, E14_names_that_answer_machines_are_blocked);
    tcase_add_test(cases, E14_the_address_that_letters_come_from_is_blocked);
    tcase_add_test(cases, E13_a_list_blocks_addresses_and_domains);
    tcase_add_test(cases, E13_a_long_list_is_searched_whole);
    tcase_add_test(cases, a_bad_line_of_a_list_is_named);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
