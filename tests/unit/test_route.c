#include <string.h>

#include "serve/handlers.h"
#include "serve/route.h"
#include "unit.h"

struct example {
    const char *path;
    void (*handle)(struct request *request);
    const char *slug;
};

static const struct example known[] = {
    {"/api/v1/petitions", handle_petition_list, NULL},
    {"/api/v1/petitions/night-buses", handle_petition, "night-buses"},
    {"/api/v1/petitions/night-buses/count", handle_count, "night-buses"},
    {"/api/v1/petitions/a/subscribe-wording", handle_wording, "a"},
    {"/api/v1/petitions/a/breakdown", handle_breakdown, "a"},
    {"/api/v1/petitions/a/series", handle_series, "a"},
    {"/api/v1/petitions/a/referrals/x.Y_1-", handle_referrals, "a"},
    {"/api/v1/petitions/a/signatures/recent", handle_recent, "a"},
    {"/api/v1/petitions/a/signatures", handle_sign, "a"},
    {"/api/v1/petitions/a/confirmation-requests", handle_resend, "a"},
    {"/api/v1/petitions/a/page-requests", handle_page_request, "a"},
    {"/api/v1/petitions/a/corrections", handle_correct, "a"},
    {"/api/v1/confirmations", handle_confirm, NULL},
    {"/api/v1/withdrawals", handle_withdraw, NULL},
    {"/api/v1/disavowals", handle_disavow, NULL},
    {"/api/v1/erasures", handle_erase, NULL},
    {"/api/v1/me", handle_own, NULL},
    {"/api/v1/subscriptions", handle_subscription, NULL},
    {"/u/abc", handle_unsubscribe, NULL},
    {"/p/night-buses", handle_page, "night-buses"},
    {"/p/night-buses/card/0a.png", handle_card, "night-buses"},
    {"/letter/night-buses/confirm/de", handle_letter, "night-buses"},
    {"/embed/night-buses", handle_embed, "night-buses"},
};

static const char *const unknown[] = {
    "",
    "/",
    "/api/v1",
    "/api/v1/",
    "/api/v2/petitions",
    "/API/v1/petitions",
    "/api/v1/Petitions",
    "/api/v1/petitions/",
    "/api/v1//petitions",
    "/api/v1/petitions//count",
    "/api/v1/petitions/a/",
    "/api/v1/petitions/a/count/",
    "/api/v1/petitions/a/counts",
    "/api/v1/petitions/a/signatures/recent/x",
    "/api/v1/petitions/..",
    "/api/v1/petitions/../petitions",
    "/api/v1/petitions/%61",
    "/api/v1/petitions/a%2fcount",
    "/api/v1/petitions/a;b/count",
    "/api/v1/petitions/Night",
    "/api/v1/petitions/-a",
    "/api/v1/petitions/a--b",
    "/api/v1/petitions/a-",
    "/api/v1/confirmations/x",
    "api/v1/petitions",
    "/api/v1petitions",
    "/api/v1/petitions/a/referrals",
    "/p",
    "/p/",
    "/p/a/",
    "/p/A",
    "/p/a/card",
    "/p/a/cards/b",
    "/p/a/card/b/c",
    "/u",
    "/u/a/b",
    "/letter",
    "/letter/a/confirm",
    "/letter/a/confirm/de/x",
    "/letter/-a/confirm/de",
    "/letter//confirm/de",
    "/embed",
    "/embed/",
    "/embed/a/b",
    "/embed/-a",
    "/api/v1/embed/a",
};

START_TEST(each_public_path_has_its_handler) {
    struct text slug = {NULL, 0};
    const struct example *example = &known[_i];
    const struct route *route = route_find(text_of(example->path), &slug);
    ck_assert_ptr_nonnull(route);
    ck_assert(route->handle == example->handle);
    if (example->slug)
        ck_assert(text_is(slug, example->slug));
    else
        ck_assert_ptr_null(slug.data);
}
END_TEST

START_TEST(H25_H26_Q14_any_other_spelling_is_nobodys) {
    struct text slug;
    ck_assert_ptr_null(route_find(text_of(unknown[_i]), &slug));
}
END_TEST

START_TEST(a_slug_of_64_bytes_is_found_and_one_of_65_is_not) {
    char path[128] = "/api/v1/petitions/";
    struct text slug;
    size_t start = strlen(path);
    memset(path + start, 'a', 64);
    ck_assert_ptr_nonnull(route_find(text_of(path), &slug));
    path[start + 64] = 'a';
    ck_assert_ptr_null(route_find(text_of(path), &slug));
}
END_TEST

START_TEST(H18_methods_are_words_in_upper_case) {
    ck_assert_int_eq(route_method(text_of("GET")), METHOD_GET);
    ck_assert_int_eq(route_method(text_of("HEAD")), METHOD_HEAD);
    ck_assert_int_eq(route_method(text_of("POST")), METHOD_POST);
    ck_assert_int_eq(route_method(text_of("OPTIONS")), METHOD_OPTIONS);
    ck_assert_int_eq(route_method(text_of("get")), METHOD_OTHER);
    ck_assert_int_eq(route_method(text_of("PUT")), METHOD_OTHER);
    ck_assert_int_eq(route_method((struct text){NULL, 0}), METHOD_OTHER);
}
END_TEST

START_TEST(H20_reads_and_writes_allow_different_methods) {
    struct text slug;
    const struct route *read = route_find(text_of("/api/v1/petitions/a/count"), &slug);
    const struct route *write = route_find(text_of("/api/v1/confirmations"), &slug);
    ck_assert_str_eq(route_allow(read), "GET, HEAD, OPTIONS");
    ck_assert_str_eq(route_allow(write), "POST, OPTIONS");
    ck_assert(!(write->methods & (METHOD_GET | METHOD_HEAD)));
    ck_assert(!(read->methods & METHOD_POST));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("route");
    TCase *cases = tcase_create("route");
    tcase_add_loop_test(cases, each_public_path_has_its_handler, 0,
                        (int)(sizeof known / sizeof known[0]));
    tcase_add_loop_test(cases, H25_H26_Q14_any_other_spelling_is_nobodys, 0,
                        (int)(sizeof unknown / sizeof unknown[0]));
    tcase_add_test(cases, a_slug_of_64_bytes_is_found_and_one_of_65_is_not);
    tcase_add_test(cases, H18_methods_are_words_in_upper_case);
    tcase_add_test(cases, H20_reads_and_writes_allow_different_methods);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
