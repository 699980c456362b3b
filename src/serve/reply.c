#include "serve/reply.h"

#include <stdio.h>

#include "base/clock.h"
#include "core/json.h"
#include "serve/handlers.h"
#include "serve/metrics.h"
#include "serve/route.h"
#include "serve/worker.h"

#define CACHE_TIME_END 253402300800 /* the year 10000 */

enum { HEAD_MAX = 2048, BODY_MAX = 64 * 1024 * 1024 };

static const char out_of_memory[] = "Status: 503 Service Unavailable\r\nRetry-After: 2\r\n\r\n";
static const char no_store[] = "Cache-Control: no-store\r\n";
static const char type_json[] = "application/json; charset=utf-8";
static const char type_html[] = "text/html; charset=utf-8";
static const char type_problem[] = "application/problem+json"; /* which has no parameter */

static const char *reason_phrase(int status) {
    static const struct {
        int status;
        const char *phrase;
    } phrases[] = {{200, "OK"},
                   {202, "Accepted"},
                   {204, "No Content"},
                   {304, "Not Modified"},
                   {400, "Bad Request"},
                   {403, "Forbidden"},
                   {404, "Not Found"},
                   {405, "Method Not Allowed"},
                   {409, "Conflict"},
                   {410, "Gone"},
                   {413, "Content Too Large"},
                   {415, "Unsupported Media Type"},
                   {422, "Unprocessable Content"},
                   {429, "Too Many Requests"},
                   {503, "Service Unavailable"}};
    for (size_t i = 0; i < sizeof phrases / sizeof phrases[0]; i++)
        if (phrases[i].status == status)
            return phrases[i].phrase;
    return "Internal Server Error";
}

static enum worker_metric metric_of(int status) {
    if (status == 304)
        return M_REQUESTS_304;
    if (status == 429)
        return M_REQUESTS_429;
    return status < 300 ? M_REQUESTS_2XX : status < 500 ? M_REQUESTS_4XX : M_REQUESTS_5XX;
}

/* Counts a request that is turned away. */
static void count_refused(const struct request *request, enum problem problem) {
    bool sign = request->route && request->route->handle == handle_sign;
    worker_metrics_refused(request->worker->metrics,
                           sign                             ? REFUSED_SIGN
                           : request->method == METHOD_POST ? REFUSED_WRITE
                                                            : REFUSED_READ,
                           problem);
}

/* Who may read the answer from a page of another origin. */
static void add_cors(const struct request *request, struct text origin, char *out, size_t size) {
    if (request->route && request->route->rules & ROUTE_OPEN)
        snprintf(out, size,
                 "Access-Control-Allow-Origin: *\r\n"
                 "Access-Control-Expose-Headers: ETag, Age, Date, Retry-After\r\n");
    else if (request->origin_allowed)
        snprintf(out, size,
                 "Access-Control-Allow-Origin: %.*s\r\n"
                 "Access-Control-Expose-Headers: Retry-After\r\nVary: Origin\r\n",
                 (int)origin.len, origin.data);
    else
        snprintf(out, size, "Vary: Origin\r\n");
}

static void finish(struct request *request, int status, const char *type, const char *headers,
                   struct text body) {
    struct fcgi_request *fcgi = request->fcgi;
    char cors[512], content[128] = "";
    /* A list of origins may be long. */
    size_t size = HEAD_MAX + text_of(headers).len;
    char *head = arena_alloc(fcgi_arena(fcgi), size);
    add_cors(request, request->origin, cors, sizeof cors);
    if (type)
        snprintf(content, sizeof content, "Content-Type: %s\r\nContent-Length: %zu\r\n", type,
                 body.len);
    if (head)
        snprintf(head, size, "Status: %d %s\r\n%s%s%s\r\n", status, reason_phrase(status), content,
                 headers, cors);
    metrics_add(request->worker->metrics, metric_of(head ? status : 503), 1);
    request_end(request);
    fcgi_reply(fcgi, text_of(head ? head : out_of_memory), head ? body : text_of(""));
}

static void send_json(struct request *request, int status, const char *type, const char *headers,
                      json_t *value) {
    struct buffer body;
    buffer_init(&body, BODY_MAX);
    if (value)
        json_write(value, &body);
    json_decref(value);
    if (!value || body.failed)
        finish(request, 500, type_problem, no_store,
               text_of("{\"status\":500,\"code\":\"internal_error\"}"));
    else
        finish(request, status, type, headers, buffer_text(&body));
    buffer_done(&body);
}

time_t reply_cache_time(const struct request *request) {
    struct text rest = request_param(request, "REQUEST_TIME"); /* "1795869545.123" */
    unsigned long long seconds;
    if (rest.data && text_to_u64(text_cut(&rest, '.'), &seconds) && seconds < CACHE_TIME_END)
        return (time_t)seconds;
    return (time_t)(clock_unix_ms() / 1000);
}

void reply_cache_lines(char out[REPLY_CACHE_SIZE], time_t now, int stale_s) {
    char stale[64] = "";
    if (stale_s > 0)
        snprintf(stale, sizeof stale, ", stale-while-revalidate=1, stale-if-error=%d", stale_s);
    snprintf(out, REPLY_CACHE_SIZE,
             "Cache-Control: public, max-age=1%s\r\nX-Accel-Expires: @%lld\r\n", stale,
             (long long)now);
}

void reply_json(struct request *request, json_t *value) {
    send_json(request, 200, type_json, no_store, value);
}

void reply_json_with(struct request *request, json_t *value, const char *headers) {
    send_json(request, 200, type_json, headers, value);
}

void reply_html(struct request *request, int status, struct text page, const char *headers) {
    finish(request, status, type_html, headers, page);
}

void reply_png(struct request *request, struct text picture, const char *headers) {
    finish(request, 200, "image/png", headers, picture);
}

void reply_not_modified(struct request *request, const char *headers) {
    finish(request, 304, NULL, headers, text_of(""));
}

void reply_accepted(struct request *request) {
    const char *body = request->petition->confirms_by_email
                           ? "{\"status\":\"accepted\",\"confirmation\":\"email\"}"
                           : "{\"status\":\"accepted\",\"confirmation\":\"none\"}";
    finish(request, 202, type_json, no_store, text_of(body));
}

void reply_moved(struct request *request, const char *word, struct text slug) {
    char body[160];
    snprintf(body, sizeof body, "{\"status\":\"%s\",\"petition\":\"%.*s\"}", word, (int)slug.len,
             slug.data);
    finish(request, 200, type_json, no_store, text_of(body));
}

void reply_options(struct request *request) {
    char headers[320];
    const char *allow = route_allow(request->route);
    bool preflight = request->origin_allowed || (request->route->rules & ROUTE_OPEN) != 0;
    snprintf(headers, sizeof headers, "Allow: %s\r\n%s%s%s", allow,
             preflight ? "Access-Control-Allow-Methods: " : "", preflight ? allow : "",
             preflight ? "\r\nAccess-Control-Allow-Headers: Content-Type, If-None-Match\r\n"
                         "Access-Control-Max-Age: 600\r\n"
                       : "");
    finish(request, 204, NULL, headers, text_of(""));
}

static json_t *field_problems(const struct problems *problems) {
    json_t *list = json_array();
    for (size_t i = 0; i < problems->count; i++) {
        const struct problem_field *field = &problems->fields[i];
        const struct field_problem_kind *kind = field_problem_kind(field->problem);
        json_array_append_new(list, json_pack("{s:s%,s:s,s:s}", "pointer", field->pointer.data,
                                              field->pointer.len, "code", kind->code, "detail",
                                              kind->detail));
    }
    return list;
}

/* The type is the code with hyphens below our own address: a page there explains it. */
static void type_uri(const struct request *request, const char *code, char *out, size_t size) {
    int len = snprintf(out, size, "%s/problems/%s", request->snapshot->settings->base_url, code);
    size_t start = (size_t)len - text_of(code).len;
    for (size_t i = start; out[i]; i++)
        if (out[i] == '_')
            out[i] = '-';
}

static json_t *problem_json(const struct request *request, enum problem problem) {
    const struct problem_kind *kind = problem_kind(problem);
    char type[512];
    type_uri(request, kind->code, type, sizeof type);
    json_t *value = json_pack("{s:s,s:s,s:i,s:s}", "type", type, "title", kind->title, "status",
                              kind->status, "code", kind->code);
    if (value && problem == PROBLEM_INVALID_FIELDS)
        json_object_set_new(value, "errors", field_problems(&request->problems));
    return value;
}

void reply_problem(struct request *request, enum problem problem) {
    char headers[128];
    bool method = problem == PROBLEM_METHOD;
    count_refused(request, problem);
    snprintf(headers, sizeof headers, "%s%s%s%s", no_store, method ? "Allow: " : "",
             method ? route_allow(request->route) : "", method ? "\r\n" : "");
    send_json(request, problem_kind(problem)->status, type_problem, headers,
              problem_json(request, problem));
}

void reply_limited(struct request *request, int64_t wait_ms, enum limit_policy policy) {
    char headers[320];
    static const char *const names[] = {[LIMIT_SIGNING] = "signing",
                                        [LIMIT_TOKENS] = "tokens",
                                        [LIMIT_OPENINGS] = "openings",
                                        [LIMIT_UNSUBSCRIBING] = "unsubscribing"};
    enum limit_policy told = request_policy(request);
    const struct gcra_rule *rule = &request->snapshot->rules.rules[told];
    long long wait_s = wait_ms < 1000 ? 1 : (wait_ms + 999) / 1000;
    long long window_s = (rule->burst * rule->interval_us + 999999) / 1000000;
    const char *name = names[told];
    count_refused(request, PROBLEM_TOO_MANY_REQUESTS);
    metrics_add(request->worker->metrics, M_LIMITED_SIGNING + (size_t)policy, 1);
    snprintf(headers, sizeof headers,
             "%sRetry-After: %lld\r\nRateLimit-Policy: \"%s\";q=%lld;w=%lld\r\n"
             "RateLimit: \"%s\";r=0;t=%lld\r\n",
             no_store, wait_s, name, (long long)rule->burst, window_s < 1 ? 1 : window_s, name,
             wait_s);
    send_json(request, 429, type_problem, headers,
              problem_json(request, PROBLEM_TOO_MANY_REQUESTS));
}

void reply_unavailable(struct request *request, int reason) {
    char headers[128];
    /* Spread over some seconds, so that those who were turned away do not come back at once. */
    long long wait_s = 1 + (clock_monotonic_us() ^ (request->started_us >> 3)) % 5;
    metrics_add(request->worker->metrics, (size_t)reason, 1);
    count_refused(request, PROBLEM_UNAVAILABLE);
    snprintf(headers, sizeof headers, "%sRetry-After: %lld\r\n", no_store, wait_s);
    send_json(request, 503, type_problem, headers, problem_json(request, PROBLEM_UNAVAILABLE));
}
