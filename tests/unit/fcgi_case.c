#include "fcgi_case.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "unit.h"

struct fcgi_case fcgi_case;

void fcgi_case_set_up(void) {
    fcgi_service_start(&fcgi_case.service, 1);
    buffer_init(&fcgi_case.request, 1024 * 1024);
}

void fcgi_case_tear_down(void) {
    ck_assert_int_lt(fcgi_service_stop(&fcgi_case.service), 2000);
    buffer_done(&fcgi_case.request);
}

int fcgi_case_connect(void) {
    int fd = fastcgi_connect(fcgi_case.service.path);

    ck_assert_int_ge(fd, 0);
    return fd;
}

void fcgi_case_refused(const void *data, size_t len) {
    unsigned long long before = fcgi_service_counts(&fcgi_case.service).protocol_errors;
    int fd = fcgi_case_connect();

    ck_assert(fastcgi_send(fd, data, len));
    ck_assert(fastcgi_is_closed(fd, 200));
    close(fd);
    ck_assert_uint_eq(fcgi_service_counts(&fcgi_case.service).protocol_errors, before + 1);
    ck_assert(fcgi_service_answers(&fcgi_case.service, 200));
}

void fcgi_case_answer(const char *expected) {
    int fd = fcgi_case_connect();

    fastcgi_exchange(fd, &fcgi_case.request, &fcgi_case.reply);
    ck_assert(fcgi_case.reply.ended);
    ck_assert_int_eq(fcgi_case.reply.protocol_status, 0);
    ck_assert_ptr_nonnull(strstr(fcgi_case.reply.body, "\r\n\r\n"));
    ck_assert_str_eq(strstr(fcgi_case.reply.body, "\r\n\r\n") + 4, expected);
    close(fd);
}

void fcgi_case_none_open(void) {
    for (int i = 0; i < 100 && fcgi_service_counts(&fcgi_case.service).open > 0; i++)
        usleep(5000);
    ck_assert_uint_eq(fcgi_service_counts(&fcgi_case.service).open, 0);
}

void fcgi_case_fill_post(size_t len) {
    char *body = malloc(len + 1);

    for (size_t i = 0; i < len; i++)
        body[i] = (char)('a' + i % 26);
    buffer_reset(&fcgi_case.request);
    fastcgi_add_post(&fcgi_case.request, 1, text_span(body, len), true);
    free(body);
}
