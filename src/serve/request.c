#include "serve/request.h"

#include "base/clock.h"
#include "core/query.h"
#include "serve/origin.h"
#include "serve/reply.h"
#include "serve/route.h"
#include "serve/worker.h"

struct text request_param(const struct request *request, const char *name) {
    struct text value = fcgi_param(request->fcgi, name);
    return value.len ? value : (struct text){NULL, 0};
}

struct text request_path_behind(const struct request *request, int slashes) {
    struct text path = request->path;
    while (slashes-- > 0)
        text_cut(&path, '/');
    return path;
}

enum limit_policy request_policy(const struct request *request) {
    enum write_kind kind = request->work.write.kind;
    if (kind == WRITE_OPENED)
        return LIMIT_OPENINGS;
    if (kind == WRITE_UNSUBSCRIBE)
        return LIMIT_UNSUBSCRIBING;
    return kind >= WRITE_CONFIRM ? LIMIT_TOKENS : LIMIT_SIGNING;
}

void request_end(struct request *request) {
    snapshot_release(request->worker->snapshots, request->snapshot);
}

/* HTTP/0.9 has no version and no headers; nginx passes it on. */
static bool protocol_known(const struct request *request) {
    struct text protocol = request_param(request, "SERVER_PROTOCOL");
    return text_starts(protocol, "HTTP/") && !text_is(protocol, "HTTP/0.9");
}

/* A petition that is withdrawn stays known, so that people learn that it is over: those on pages of
 * other origins too, whose browsers ask with OPTIONS whether they may. */
static enum problem find_petition(struct request *request) {
    if (!request->slug.data || !request->snapshot->loaded)
        return PROBLEM_NONE;
    request->petition = snapshot_find(request->snapshot, request->slug);
    if (!request->petition)
        return PROBLEM_NOT_FOUND;
    if (request->petition->state == PETITION_WITHDRAWN && request->method != METHOD_OPTIONS &&
        !(request->route->rules & ROUTE_OF_WITHDRAWN))
        return PROBLEM_PETITION_WITHDRAWN;
    return PROBLEM_NONE;
}

static enum problem admit(struct request *request) {
    struct text rest = request_param(request, "REQUEST_URI");
    struct text method = request_param(request, "REQUEST_METHOD");
    request->method = route_method(method);
    if (query_path(text_cut(&rest, '?'), fcgi_arena(request->fcgi), &request->path) != ST_OK)
        return PROBLEM_INTERNAL;
    if (!protocol_known(request) || !request->path.data || !method.data)
        return PROBLEM_BAD_REQUEST;
    request->route = route_find(request->path, &request->slug);
    if (!request->route)
        return PROBLEM_NOT_FOUND;
    if (!(request->route->methods & request->method))
        return PROBLEM_METHOD;
    enum problem problem = find_petition(request);
    origin_read(request);
    return problem;
}

/* Without an arena nothing can be said about the request but this. */
static void refuse(struct fcgi_request *fcgi) {
    fcgi_reply(fcgi, text_of("Status: 503 Service Unavailable\r\nRetry-After: 2\r\n\r\n"),
               text_of(""));
}

void request_handle(struct worker *worker, struct fcgi_request *fcgi) {
    struct request *request = arena_alloc(fcgi_arena(fcgi), sizeof *request);
    if (!request) {
        refuse(fcgi);
        return;
    }
    request->worker = worker;
    request->fcgi = fcgi;
    request->snapshot = snapshot_take(worker->snapshots);
    request->started_us = clock_monotonic_us();
    request->deadline_ms = request->started_us / 1000 + worker->settings->request_timeout_ms;
    enum problem problem = admit(request);
    if (problem != PROBLEM_NONE)
        reply_problem(request, problem);
    else if (request->method == METHOD_OPTIONS)
        reply_options(request);
    else
        request->route->handle(request);
}
