#include "serve/route.h"

#include "core/slug.h"
#include "serve/handlers.h"

static const char prefix[] = "/api/v1";

enum { READ = METHOD_GET | METHOD_HEAD | METHOD_OPTIONS, WRITE = METHOD_POST | METHOD_OPTIONS };

static const struct route routes[] = {
    {"/petitions/*/signatures", WRITE, handle_sign, 0},
    {"/petitions/*/letter-signatures", WRITE, handle_sign_by_letter, 0},
    {"/petitions/*/letter-openings", WRITE, handle_opened, 0},
    {"/petitions/*/count", READ, handle_count, ROUTE_OPEN},
    {"/petitions/*", READ, handle_petition, 0},
    {"/petitions", READ, handle_petition_list, 0},
    {"/petitions/*/subscribe-wording", READ, handle_wording, 0},
    {"/petitions/*/breakdown", READ, handle_breakdown, 0},
    {"/petitions/*/series", READ, handle_series, 0},
    {"/petitions/*/signatures/recent", READ, handle_recent, 0},
    {"/petitions/*/referrals/*", READ, handle_referrals, ROUTE_OPEN},
    {"/petitions/*/confirmation-requests", WRITE, handle_resend, 0},
    {"/petitions/*/page-requests", WRITE, handle_page_request, ROUTE_OF_WITHDRAWN},
    {"/petitions/*/corrections", WRITE, handle_correct, 0},
    {"/confirmations", WRITE, handle_confirm, 0},
    {"/withdrawals", WRITE, handle_withdraw, 0},
    {"/disavowals", WRITE, handle_disavow, 0},
    {"/erasures", WRITE, handle_erase, 0},
    {"/me", WRITE, handle_own, 0},
    {"/subscriptions", WRITE, handle_subscription, 0},
};

/* Its address stands in letters and is posted to by mail programs (RFC 8058), so it has none of the
 * API's form: the segment is a token, which no slug may be taken for. */
static const struct route unsubscribe = {"/u/*", METHOD_POST, handle_unsubscribe, 0};

/* Pages that the worker makes. */
static const struct route pages[] = {
    {"/p/*", METHOD_GET | METHOD_HEAD, handle_page, ROUTE_OF_WITHDRAWN},
    {"/p/*/card/*", METHOD_GET | METHOD_HEAD, handle_card, 0},
    {"/letter/*/*/*", METHOD_GET | METHOD_HEAD, handle_letter, 0},
    {"/embed/*", METHOD_GET | METHOD_HEAD, handle_embed, ROUTE_OF_WITHDRAWN},
};

/* The slug is what the first `*` stands for. Both start with `/`; segments must agree one by one,
 * so that `//` and a trailing `/` are nobody's. */
static bool matches(const char *pattern, struct text path, struct text *slug) {
    struct text left = text_of(pattern);
    while (left.data && path.data) {
        struct text want = text_cut(&left, '/');
        struct text have = text_cut(&path, '/');
        if (text_is(want, "*"))
            *slug = slug->data ? *slug : have;
        else if (!text_equal(want, have))
            return false;
    }
    return !left.data && !path.data;
}

static const struct route *find(const struct route *list, size_t count, struct text path,
                                struct text *slug) {
    for (size_t i = 0; i < count; i++) {
        struct text found = {NULL, 0};
        if (matches(list[i].pattern, path, &found)) {
            *slug = found;
            return !found.data || slug_valid(found) ? &list[i] : NULL;
        }
    }
    return NULL;
}

const struct route *route_find(struct text path, struct text *slug) {
    struct text token = {NULL, 0};
    if (matches(unsubscribe.pattern, path, &token))
        return &unsubscribe;
    if (!text_starts(path, prefix))
        return find(pages, sizeof pages / sizeof pages[0], path, slug);
    struct text below = text_span(path.data + sizeof prefix - 1, path.len - (sizeof prefix - 1));
    return find(routes, sizeof routes / sizeof routes[0], below, slug);
}

const char *route_allow(const struct route *route) {
    if (!(route->methods & METHOD_OPTIONS))
        return route->methods & METHOD_POST ? "POST" : "GET, HEAD";
    return route->methods & METHOD_POST ? "POST, OPTIONS" : "GET, HEAD, OPTIONS";
}

enum method route_method(struct text word) {
    static const struct {
        const char *word;
        enum method method;
    } methods[] = {{"GET", METHOD_GET},
                   {"POST", METHOD_POST},
                   {"HEAD", METHOD_HEAD},
                   {"OPTIONS", METHOD_OPTIONS}};
    for (size_t i = 0; i < sizeof methods / sizeof methods[0]; i++)
        if (text_is(word, methods[i].word))
            return methods[i].method;
    return METHOD_OTHER;
}
