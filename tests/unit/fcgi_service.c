#include "fcgi_service.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "fastcgi.h"

static void answer(struct fcgi_request *request) {
    static const char head[] = "Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n";
    static char large[FCGI_SERVICE_LARGE];
    struct text body = text_of(NULL), remote = fcgi_param(request, "REMOTE_ADDR");
    char *line = arena_alloc(fcgi_arena(request), 256 + FCGI_BODY_MAX);
    enum status status = ST_OK;
    int len;

    if (text_is(fcgi_param(request, "REQUEST_URI"), "/large")) {
        memset(large, 'x', sizeof large);
        fcgi_reply(request, text_of(head), text_span(large, sizeof large));
        return;
    }
    if (!text_is(fcgi_param(request, "REQUEST_URI"), "/unread"))
        status = fcgi_body(request, &body);
    len = snprintf(line, 256, "%s %zu %s|", status_name(status), body.len,
                   remote.data ? remote.data : "-");
    if (body.len > 0)
        memcpy(line + len, body.data, body.len);
    fcgi_reply(request, text_of(head), text_span(line, (size_t)len + body.len));
}

static void *respond(void *argument) {
    struct fcgi_service *service = argument;
    struct pulse pulse = {"io", 0, 0, 0};
    struct fcgi_request *request;

    while (fcgi_accept(service->fcgi, &pulse, &request) == ST_OK)
        answer(request);
    return NULL;
}

void fcgi_service_prepare(struct fcgi_service *service) {
    memset(service, 0, sizeof *service);
    strcpy(service->folder, "/tmp/countersign-fcgi-XXXXXX");
    if (!mkdtemp(service->folder) || chmod(service->folder, 0755) != 0)
        abort();
    snprintf(service->path, sizeof service->path, "%s/socket", service->folder);
}

struct fcgi_options fcgi_service_options(const struct fcgi_service *service) {
    return (struct fcgi_options){.socket = service->path,
                                 .inherited_fd = -1,
                                 .backlog = 128,
                                 .read_timeout_ms = 300,
                                 .request_timeout_ms = 900,
                                 .connections_max = 2000};
}

void fcgi_service_start_with(struct fcgi_service *service, int threads,
                             const struct fcgi_options *options) {
    char why[128];

    if (fcgi_open(options, &service->fcgi, why, sizeof why) != ST_OK) {
        fprintf(stderr, "%s\n", why);
        abort();
    }
    for (service->count = 0; service->count < threads; service->count++) {
        if (pthread_create(&service->threads[service->count], NULL, respond, service) != 0)
            abort();
    }
}

void fcgi_service_start(struct fcgi_service *service, int threads) {
    struct fcgi_options options;

    fcgi_service_prepare(service);
    options = fcgi_service_options(service);
    fcgi_service_start_with(service, threads, &options);
}

int fcgi_service_stop(struct fcgi_service *service) {
    int64_t started_ms = clock_monotonic_ms();

    fcgi_stop(service->fcgi);
    for (int i = 0; i < service->count; i++)
        pthread_join(service->threads[i], NULL);
    fcgi_close(&service->fcgi);
    rmdir(service->folder);
    return (int)(clock_monotonic_ms() - started_ms);
}

struct fcgi_counts fcgi_service_counts(struct fcgi_service *service) {
    struct fcgi_counts counts;

    fcgi_counts(service->fcgi, &counts);
    return counts;
}

int fcgi_service_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;

    while (readdir(folder))
        count++;
    closedir(folder);
    return count;
}

bool fcgi_service_answers(const struct fcgi_service *service, int within_ms) {
    static struct fastcgi_reply reply;
    int64_t started_ms = clock_monotonic_ms();
    struct buffer request;
    int fd = fastcgi_connect(service->path);

    buffer_init(&request, 4096);
    fastcgi_add_post(&request, 1, text_of("hello"), false);
    fastcgi_exchange(fd, &request, &reply);
    close(fd);
    buffer_done(&request);
    return reply.ended && strstr(reply.body, "ok 5 192.0.2.1|hello") &&
           clock_monotonic_ms() - started_ms <= within_ms;
}
