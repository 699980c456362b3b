/* empty_own: a worker that does nothing, on link/fcgi: empty_own SOCKET
 * The same answer as empty_stock's, with as many threads as a worker has by default. */
#include <pthread.h>
#include <stdio.h>

#include "link/fcgi.h"

enum { THREADS = 2, BACKLOG = 1024, READ_TIMEOUT_MS = 1000, REQUEST_TIMEOUT_MS = 5000 };

static struct fcgi *fcgi;

static void *serve(void *unused) {
    struct pulse pulse = {"io", 0, 0, 0};
    struct fcgi_request *request;
    while (fcgi_accept(fcgi, &pulse, &request) == ST_OK) {
        struct text body;
        enum status status = fcgi_body(request, &body);
        fcgi_reply(request,
                   text_of(status == ST_OK ? "Status: 202 Accepted\r\n"
                                             "Content-Type: application/json; charset=utf-8\r\n"
                                             "Cache-Control: no-store\r\n\r\n"
                                           : "Status: 400 Bad Request\r\n\r\n"),
                   text_of("{\"status\":\"accepted\",\"confirmation\":\"email\"}"));
    }
    return unused;
}

int main(int argc, char **argv) {
    char why[256] = "usage: empty_own SOCKET";
    struct fcgi_options options = {.inherited_fd = -1,
                                   .backlog = BACKLOG,
                                   .read_timeout_ms = READ_TIMEOUT_MS,
                                   .request_timeout_ms = REQUEST_TIMEOUT_MS,
                                   .connections_max = 4096};
    pthread_t thread;
    options.socket = argc == 2 ? argv[1] : NULL;
    if (argc != 2 || fcgi_open(&options, &fcgi, why, sizeof why) != ST_OK) {
        fprintf(stderr, "empty_own: %s\n", why);
        return 2;
    }
    for (int i = 1; i < THREADS; i++)
        if (pthread_create(&thread, NULL, serve, NULL) != 0)
            return 2;
    serve(NULL);
    return 0;
}
