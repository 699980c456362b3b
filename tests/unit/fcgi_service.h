/* fcgi_service: a responder on link/fcgi for its tests, with threads of its own.
 *
 * It answers "<status of the body> <its length> <REMOTE_ADDR>|<body>". REQUEST_URI "/large" gets
 * 100,000 bytes, "/unread" is answered without reading the body. */
#ifndef TESTS_UNIT_FCGI_SERVICE_H
#define TESTS_UNIT_FCGI_SERVICE_H

#include <pthread.h>

#include "link/fcgi.h"

enum { FCGI_SERVICE_THREADS_MAX = 4, FCGI_SERVICE_LARGE = 100000 };

struct fcgi_service {
    char folder[64], path[96];
    struct fcgi *fcgi;
    pthread_t threads[FCGI_SERVICE_THREADS_MAX];
    int count;
};

/* Time-outs of 300 ms a read and 900 ms a request; 2,000 connections. */
struct fcgi_options fcgi_service_options(const struct fcgi_service *service);
void fcgi_service_start(struct fcgi_service *service, int threads);
/* Without threads: the test itself accepts. */
void fcgi_service_start_with(struct fcgi_service *service, int threads,
                             const struct fcgi_options *options);
/* A folder for the socket, before the options are asked for. */
void fcgi_service_prepare(struct fcgi_service *service);
/* How long it took, in ms. */
int fcgi_service_stop(struct fcgi_service *service);
struct fcgi_counts fcgi_service_counts(struct fcgi_service *service);
/* Open descriptors of this process, and a constant. */
int fcgi_service_descriptors(void);
/* Whether a new connection gets its answer within the time. */
bool fcgi_service_answers(const struct fcgi_service *service, int within_ms);

#endif
