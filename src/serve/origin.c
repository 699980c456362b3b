#include "serve/origin.h"

static bool is_own(const struct snapshot *snapshot, struct text origin) {
    for (size_t i = 0; i < snapshot->own_origins_count; i++)
        if (text_equal(snapshot->own_origins[i], origin))
            return true;
    return false;
}

void origin_read(struct request *request) {
    request->origin = request_param(request, "HTTP_ORIGIN");
    if (!request->origin.data)
        return;
    request->origin_allowed =
        is_own(request->snapshot, request->origin) ||
        (request->petition && petition_allows_origin(request->petition, request->origin));
}

bool origin_may_write(const struct request *request) {
    struct text site = request_param(request, "HTTP_SEC_FETCH_SITE");
    bool same_site = !site.data || text_is(site, "same-origin") || text_is(site, "none");
    if (!request->origin.data)
        return same_site;
    /* A page of ours that the browser calls foreign is not ours. */
    return request->origin_allowed && (same_site || !is_own(request->snapshot, request->origin));
}
