#include "fake_fcgi.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void fake_fcgi_init(struct fcgi_request *request) {
    memset(request, 0, sizeof *request);
    request->arena = arena_new(16384, 1 << 20);
}

void fake_fcgi_done(struct fcgi_request *request) {
    arena_free(&request->arena);
}

void fake_fcgi_set(struct fcgi_request *request, const char *name, const char *value) {
    size_t i = 0;
    while (i < request->count && strcmp(request->names[i], name) != 0)
        i++;
    request->names[i] = name;
    request->values[i] = value;
    if (i == request->count)
        request->count++;
}

void fake_fcgi_post(struct fcgi_request *request, const char *body) {
    static char length[32];
    snprintf(length, sizeof length, "%zu", strlen(body));
    fake_fcgi_set(request, "REQUEST_METHOD", "POST");
    fake_fcgi_set(request, "CONTENT_TYPE", "application/json");
    fake_fcgi_set(request, "CONTENT_LENGTH", length);
    request->body = text_of(body);
}

int fake_fcgi_status(const struct fcgi_request *request) {
    int status = 0;
    sscanf(request->head, "Status: %d", &status);
    return status;
}

bool fake_fcgi_has_header(const struct fcgi_request *request, const char *line) {
    char wanted[512];
    snprintf(wanted, sizeof wanted, "\r\n%s\r\n", line);
    return strstr(request->head, wanted) != NULL;
}

/* --- in place of link/fcgi --- */

struct text fcgi_param(const struct fcgi_request *request, const char *name) {
    for (size_t i = 0; i < request->count; i++)
        if (strcmp(request->names[i], name) == 0)
            return text_of(request->values[i]);
    return (struct text){NULL, 0};
}

struct arena *fcgi_arena(struct fcgi_request *request) {
    return request->arena;
}

enum status fcgi_body(struct fcgi_request *request, struct text *body) {
    if (request->body_status == ST_OK)
        *body = request->body;
    return request->body_status;
}

void fcgi_reply(struct fcgi_request *request, struct text head, struct text body) {
    request->replies++;
    snprintf(request->head, sizeof request->head, "%.*s", (int)head.len, head.data);
    snprintf(request->answer, sizeof request->answer, "%.*s", (int)body.len, body.data);
}

void fcgi_set_state(struct fcgi_request *request, void *state) {
    request->state = state;
}

void *fcgi_state(struct fcgi_request *request) {
    return request->state;
}

enum status fcgi_open(const struct fcgi_options *options, struct fcgi **out, char *why,
                      size_t why_size) {
    (void)options;
    (void)out;
    snprintf(why, why_size, "not in this test");
    return ST_FAULT;
}

enum status fcgi_accept(struct fcgi *fcgi, struct fcgi_request **out) {
    (void)fcgi;
    (void)out;
    return ST_GONE;
}

void fcgi_stop(struct fcgi *fcgi) {
    (void)fcgi;
}

void fcgi_close(struct fcgi **fcgi) {
    *fcgi = NULL;
}

void fcgi_counts(struct fcgi *fcgi, struct fcgi_counts *out) {
    (void)fcgi;
    memset(out, 0, sizeof *out);
}
