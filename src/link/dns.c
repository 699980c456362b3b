#include "link/dns.h"

#include <arpa/inet.h>
#include <arpa/nameser.h>
#include <netdb.h>
#include <resolv.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

enum { TRIES = 2, WAIT_S = 1, SERVERS_MOST = 2, HOST_SIZE = 64 };

/* "127.0.0.1:53" becomes the only server. */
static bool use_server(struct __res_state *state, const char *server) {
    const char *colon = strrchr(server, ':');
    char host[HOST_SIZE] = {0};
    size_t len = colon != NULL ? (size_t)(colon - server) : 0;
    int port = colon != NULL ? atoi(colon + 1) : 0;
    if (len == 0 || len >= sizeof host || port < 1 || port > 65535) {
        return false;
    }
    memcpy(host, server, len);
    struct sockaddr_in *address = &state->nsaddr_list[0];
    *address = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    state->nscount = 1;
    return inet_pton(AF_INET, host, &address->sin_addr) == 1;
}

static enum status status_of(int h_errno_found) {
    switch (h_errno_found) {
    case HOST_NOT_FOUND:
    case NO_DATA:
        return ST_NOT_FOUND;
    case NO_RECOVERY:
        return ST_INVALID;
    default:
        return ST_UNAVAILABLE;
    }
}

/* The answer's section of answers, parsed; it points into `bytes`. */
static enum status ask(const char *server, const char *name, ns_type type,
                       unsigned char bytes[NS_MAXMSG], ns_msg *message) {
    struct __res_state state;
    enum status status = ST_OK;
    memset(&state, 0, sizeof state);
    if (res_ninit(&state) != 0) {
        return ST_UNAVAILABLE;
    }
    state.retrans = WAIT_S;
    state.retry = TRIES;
    state.nscount = state.nscount < SERVERS_MOST ? state.nscount : SERVERS_MOST;
    if (server != NULL && !use_server(&state, server)) {
        res_nclose(&state);
        return ST_INVALID;
    }
    int len = res_nquery(&state, name, ns_c_in, (int)type, bytes, NS_MAXMSG);
    if (len < 0) {
        status = status_of(state.res_h_errno);
    } else if (ns_initparse(bytes, len < NS_MAXMSG ? len : NS_MAXMSG, message) != 0) {
        status = ST_INVALID;
    }
    res_nclose(&state);
    return status;
}

/* A TXT record is strings of up to 255 bytes, each behind its length. */
static void join_strings(const ns_rr *record, char text[DNS_TEXT_SIZE]) {
    const unsigned char *at = ns_rr_rdata(*record), *end = at + ns_rr_rdlen(*record);
    size_t used = 0;
    for (size_t left = 0; at < end && used < DNS_TEXT_SIZE - 1; at++) {
        if (left == 0) {
            left = *at; /* the length of the next string */
        } else {
            left--;
            text[used++] = (char)(*at >= ' ' && *at <= '~' ? *at : '?');
        }
    }
    text[used] = '\0';
}

static bool begins(const char *text, const char *begin) {
    size_t len = strlen(begin);
    return len == 0 || (strncasecmp(text, begin, len) == 0 &&
                        (text[len] == '\0' || text[len] == ' ' || text[len] == ';'));
}

enum status dns_text_find(const char *server, const char *name, const char *begin,
                          char text[DNS_TEXT_SIZE]) {
    unsigned char bytes[NS_MAXMSG];
    char found[DNS_TEXT_SIZE];
    ns_msg message;
    ns_rr record;
    int count = 0;
    enum status status = ask(server, name, ns_t_txt, bytes, &message);
    if (status != ST_OK) {
        return status;
    }
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) {
            return ST_INVALID;
        }
        if (ns_rr_type(record) != ns_t_txt) {
            continue; /* the alias that led here */
        }
        join_strings(&record, found);
        if (begins(found, begin) && ++count == 1) {
            memcpy(text, found, sizeof found);
        }
    }
    return count == 0 ? ST_NOT_FOUND : count == 1 ? ST_OK : ST_DUPLICATE;
}

/* A root's name is one byte 0, behind the preference. */
static bool takes_no_mail(const ns_rr *record) {
    return ns_rr_type(*record) == ns_t_mx && ns_rr_rdlen(*record) == 3 &&
           ns_rr_rdata(*record)[2] == 0;
}

/* ST_OK: there is such a record. */
static enum status find_type(const char *server, const char *name, ns_type type) {
    unsigned char bytes[NS_MAXMSG];
    ns_msg message;
    ns_rr record;
    enum status status = ask(server, name, type, bytes, &message);
    if (status != ST_OK) {
        return status;
    }
    for (int i = 0; i < ns_msg_count(message, ns_s_an); i++) {
        if (ns_parserr(&message, ns_s_an, i, &record) != 0) {
            return ST_INVALID;
        }
        if (ns_rr_type(record) == type) {
            return takes_no_mail(&record) ? ST_FORBIDDEN : ST_OK;
        }
    }
    return ST_NOT_FOUND;
}

enum status dns_mail_find(const char *server, const char *name) {
    static const ns_type types[] = {ns_t_mx, ns_t_a, ns_t_aaaa};
    enum status status = ST_NOT_FOUND;
    for (size_t i = 0; i < sizeof types / sizeof types[0] && status == ST_NOT_FOUND; i++) {
        status = find_type(server, name, types[i]);
    }
    return status;
}
