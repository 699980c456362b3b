#include "link/http.h"

#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <microhttpd.h>

enum {
    BODY_MAX = 4 * 1024 * 1024,
    CONNECTIONS_MAX = 32,
    TIMEOUT_S = 5,
    BACKLOG = 16,
    UNIX_MODE = 0660
};

struct http {
    struct MHD_Daemon *daemon;
    http_handler *handler;
    void *context;
    char *path;       /* of a socket file; NULL: TCP */
    struct stat file; /* which one it is */
};

/* --- answering --- */

static enum MHD_Result send_answer(struct MHD_Connection *connection, int status,
                                   const char *content_type, struct text body) {
    struct MHD_Response *response;
    enum MHD_Result result;

    /* It copies, whatever its type says. */
    response = MHD_create_response_from_buffer(body.len, (void *)(uintptr_t)body.data,
                                               MHD_RESPMEM_MUST_COPY);
    if (!response)
        return MHD_NO;
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, content_type);
    MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
    if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
        MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
    result = MHD_queue_response(connection, (unsigned)status, response);
    MHD_destroy_response(response);
    return result;
}

static enum MHD_Result send_word(struct MHD_Connection *connection, int status, const char *word) {
    return send_answer(connection, status, "text/plain; charset=utf-8", text_of(word));
}

static enum MHD_Result answer(struct http *http, struct MHD_Connection *connection,
                              const char *path) {
    struct http_answer answer = {.status = MHD_HTTP_OK,
                                 .content_type = "text/plain; charset=utf-8"};
    enum MHD_Result result;

    buffer_init(&answer.body, BODY_MAX);
    if (!http->handler(http->context, path, &answer))
        result = send_word(connection, MHD_HTTP_NOT_FOUND, "not found\n");
    else if (answer.body.failed)
        result = send_word(connection, MHD_HTTP_INTERNAL_SERVER_ERROR, "too long\n");
    else
        result =
            send_answer(connection, answer.status, answer.content_type, buffer_text(&answer.body));
    buffer_done(&answer.body);
    return result;
}

/* Called once with the headers, then for each piece of a body, then to answer. libmicrohttpd gives
 * it so many parameters. NOLINTNEXTLINE(readability-function-size) */
static enum MHD_Result take_request(void *context, struct MHD_Connection *connection,
                                    const char *path, const char *method, const char *version,
                                    const char *data, size_t *data_size, void **state) {
    static char seen;

    (void)version;
    (void)data;
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        return send_word(connection, MHD_HTTP_METHOD_NOT_ALLOWED, "method not allowed\n");
    if (!*state) {
        *state = &seen;
        return MHD_YES;
    }
    if (*data_size > 0) {
        *data_size = 0;
        return MHD_YES;
    }
    return answer(context, connection, path);
}

/* --- listening --- */

static int listen_on(const struct sockaddr *address, socklen_t size, const char *path) {
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), on = 1;
    int number;

    if (fd < 0)
        return -1;
    if (path)
        fchmod(fd, UNIX_MODE);
    else
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (bind(fd, address, size) == 0 && (!path || chmod(path, UNIX_MODE) == 0) &&
        listen(fd, BACKLOG) == 0)
        return fd;
    number = errno;
    close(fd);
    errno = number;
    return -1;
}

static enum status listen_unix(const char *path, int *fd) {
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    struct stat old;

    if (path[0] != '/' || strlen(path) >= sizeof address.sun_path)
        return ST_INVALID;
    memcpy(address.sun_path, path, strlen(path) + 1);
    if (lstat(path, &old) == 0 && S_ISSOCK(old.st_mode))
        unlink(path);
    *fd = listen_on((const struct sockaddr *)&address, sizeof address, path);
    return *fd >= 0 ? ST_OK : ST_FAULT;
}

/* "127.0.0.1:9101" or "[::1]:9101" in its two parts. */
static bool split(const char *listen, char host[64], char port[8]) {
    const char *colon = strrchr(listen, ':');
    size_t len = colon ? (size_t)(colon - listen) : 0;

    if (len == 0 || len >= 64 || colon[1] == '\0' || strlen(colon + 1) >= 8)
        return false;
    if (listen[0] == '[') {
        if (listen[len - 1] != ']' || len < 3)
            return false;
        listen++;
        len -= 2;
    } else if (memchr(listen, ':', len)) {
        return false;
    }
    memcpy(host, listen, len);
    host[len] = '\0';
    memcpy(port, colon + 1, strlen(colon + 1) + 1);
    return true;
}

static enum status listen_tcp(const char *listen, int *fd) {
    const struct addrinfo hints = {.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV,
                                   .ai_socktype = SOCK_STREAM};
    struct addrinfo *found;
    char host[64], port[8];

    if (!split(listen, host, port) || getaddrinfo(host, port, &hints, &found) != 0)
        return ST_INVALID;
    *fd = listen_on(found->ai_addr, found->ai_addrlen, NULL);
    freeaddrinfo(found);
    return *fd >= 0 ? ST_OK : ST_FAULT;
}

/* --- life --- */

static enum status create(const struct http_options *options, const char *path, struct http **out) {
    struct http *http = calloc(1, sizeof *http);

    if (!http)
        return ST_FAULT;
    http->handler = options->handler;
    http->context = options->context;
    if (path && (stat(path, &http->file) != 0 || !(http->path = strdup(path)))) {
        free(http);
        return ST_FAULT;
    }
    *out = http;
    return ST_OK;
}

static bool start_daemon(struct http *http, int fd) {
    http->daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD, 0, NULL, NULL, take_request, http,
                                    MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT,
                                    (unsigned)CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
                                    (unsigned)TIMEOUT_S, MHD_OPTION_END);
    return http->daemon != NULL;
}

enum status http_start(const struct http_options *options, struct http **out, char *why,
                       size_t why_size) {
    static const char scheme[] = "unix:";
    const char *path = NULL;
    struct http *http = NULL;
    enum status status;
    int fd = -1;

    if (strncmp(options->listen, scheme, sizeof scheme - 1) == 0)
        path = options->listen + sizeof scheme - 1;
    status = path ? listen_unix(path, &fd) : listen_tcp(options->listen, &fd);
    if (status == ST_INVALID)
        snprintf(why, why_size, "want unix:/path, 127.0.0.1:9101 or [::1]:9101");
    if (status == ST_FAULT)
        snprintf(why, why_size, "cannot listen: %s", strerror(errno));
    if (status != ST_OK)
        return status;
    status = create(options, path, &http);
    if (status == ST_OK && start_daemon(http, fd)) {
        *out = http;
        return ST_OK;
    }
    snprintf(why, why_size, "libmicrohttpd did not start");
    close(fd);
    http_stop(&http);
    return ST_FAULT;
}

static void remove_file(const struct http *http) {
    struct stat file;

    /* A successor may have put its own there. */
    if (http->path && lstat(http->path, &file) == 0 && file.st_dev == http->file.st_dev &&
        file.st_ino == http->file.st_ino)
        unlink(http->path);
}

void http_stop(struct http **http) {
    if (!*http)
        return;
    if ((*http)->daemon)
        MHD_stop_daemon((*http)->daemon); /* waits for its thread, closes the socket */
    remove_file(*http);
    free((*http)->path);
    free(*http);
    *http = NULL;
}

bool http_find(const struct http_path *paths, size_t count, void *context, const char *path,
               struct http_answer *answer) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(paths[i].path, path) == 0) {
            paths[i].answer(context, answer);
            return true;
        }
    return false;
}
