/* mail_sink PORT: takes letters on 127.0.0.1 as fast as it can and forgets them. */
#include <arpa/inet.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONNECTIONS = 4096, EVENTS = 64, LINE = 1024, CHUNK = 65536 };

struct session {
    bool in_data;
    size_t len;    /* of the command so far */
    unsigned tail; /* how much of CR LF . CR LF was the last that came */
    char line[LINE];
};

static struct session *sessions[CONNECTIONS];

static void say(int fd, const char *line) {
    if (write(fd, line, strlen(line)) < 0)
        perror("write");
}

static bool obey(int fd, struct session *session) {
    const char *line = session->line;
    if (strncasecmp(line, "QUIT", 4) == 0)
        return false;
    session->in_data = strncasecmp(line, "DATA", 4) == 0;
    session->tail = 2;
    say(fd, session->in_data ? "354 go on\r\n" : "250 fine\r\n");
    return true;
}

static void take_letter_byte(int fd, struct session *session, char c) {
    static const char end[] = "\r\n.\r\n";
    session->tail = c == end[session->tail] ? session->tail + 1 : c == '\r';
    if (session->tail < sizeof end - 1)
        return;
    session->in_data = false;
    session->len = 0;
    say(fd, "250 taken\r\n");
}

static bool take_command_byte(int fd, struct session *session, char c) {
    if (session->len + 1 < LINE)
        session->line[session->len++] = c;
    if (c != '\n')
        return true;
    session->line[session->len] = '\0';
    session->len = 0;
    return obey(fd, session);
}

static bool serve(int fd) {
    static char chunk[CHUNK];
    struct session *session = sessions[fd];
    ssize_t got = read(fd, chunk, sizeof chunk);
    for (ssize_t i = 0; i < got; i++) {
        if (session->in_data)
            take_letter_byte(fd, session, chunk[i]);
        else if (!take_command_byte(fd, session, chunk[i]))
            return false;
    }
    return got > 0;
}

static void welcome(int epoll, int listener) {
    int fd = accept(listener, NULL, NULL);
    struct epoll_event event = {.events = EPOLLIN, .data = {.fd = fd}};
    if (fd < 0 || fd >= CONNECTIONS)
        exit(1);
    sessions[fd] = calloc(1, sizeof *sessions[fd]);
    epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
    say(fd, "220 sink\r\n");
}

int main(int argc, char **argv) {
    struct sockaddr_in place = {.sin_family = AF_INET};
    struct epoll_event events[EVENTS];
    int yes = 1, epoll = epoll_create1(0), listener = socket(AF_INET, SOCK_STREAM, 0);
    if (argc != 2)
        return 2;
    place.sin_port = htons((uint16_t)atoi(argv[1]));
    place.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
    if (bind(listener, (struct sockaddr *)&place, sizeof place) != 0 || listen(listener, 128) != 0)
        return 1;
    struct epoll_event own = {.events = EPOLLIN, .data = {.fd = listener}};
    epoll_ctl(epoll, EPOLL_CTL_ADD, listener, &own);
    for (;;) {
        int count = epoll_wait(epoll, events, EVENTS, -1);
        for (int i = 0; i < count; i++) {
            int fd = events[i].data.fd;
            if (fd == listener) {
                welcome(epoll, listener);
            } else if (!serve(fd)) {
                free(sessions[fd]);
                close(fd);
            }
        }
    }
}
