#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "redis_private.h"

static const char scheme[] = "sentinel://";

enum { NAME_SIZE = 64, ADDRESS_SIZE = 160 };

struct redis_sentinels {
    struct redis *list[REDIS_SENTINELS_MAX];
    size_t count, first; /* `first` is asked first */
    char name[NAME_SIZE];
    int timeout_ms;
};

/* --- life --- */

bool redis_sentinels_are(const char *address) {
    return strncmp(address, scheme, sizeof scheme - 1) == 0;
}

void redis_sentinels_free(struct redis_sentinels **sentinels) {
    if (!*sentinels)
        return;
    for (size_t i = 0; i < (*sentinels)->count; i++)
        redis_free(&(*sentinels)->list[i]);
    free(*sentinels);
    *sentinels = NULL;
}

static enum status add_one(struct redis_sentinels *sentinels, struct text authority,
                           struct text password) {
    char address[ADDRESS_SIZE];
    int len = snprintf(address, sizeof address, "redis://%.*s", (int)authority.len, authority.data);
    const struct redis_options options = {
        .address = address, .password = password, .timeout_ms = sentinels->timeout_ms};
    enum status status;

    if (len < 0 || (size_t)len >= sizeof address || sentinels->count == REDIS_SENTINELS_MAX)
        return ST_INVALID;
    status = redis_new(&options, &sentinels->list[sentinels->count]);
    sentinels->count += status == ST_OK;
    return status;
}

/* "name" or "name/number" */
static bool parse_name(struct text rest, char name[NAME_SIZE], long *database) {
    struct text first = text_cut(&rest, '/');
    unsigned long long number = 0;

    if (first.len == 0 || first.len >= NAME_SIZE)
        return false;
    if (rest.data && (!text_to_u64(rest, &number) || number > 1000000))
        return false;
    memcpy(name, first.data, first.len);
    name[first.len] = '\0';
    *database = (long)number;
    return true;
}

enum status redis_sentinels_new(const struct redis_options *options, long *database,
                                struct redis_sentinels **out) {
    struct text rest = text_of(options->address + sizeof scheme - 1), list = text_cut(&rest, '/');
    struct redis_sentinels *made = calloc(1, sizeof *made);
    enum status status = ST_OK;

    if (!made)
        return ST_FAULT;
    made->timeout_ms = options->timeout_ms;
    if (!rest.data || !parse_name(rest, made->name, database))
        status = ST_INVALID;
    while (status == ST_OK && list.data)
        status = add_one(made, text_cut(&list, ','), options->sentinel_password);
    if (status == ST_OK)
        *out = made;
    else
        redis_sentinels_free(&made);
    return status;
}

/* --- asking --- */

/* True: host and port of a leader, as numbers or a name. */
static bool read_place(const redisReply *reply, struct redis_place *leader) {
    unsigned long long port;
    const redisReply *host;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements != 2 ||
        reply->element[0]->type != REDIS_REPLY_STRING ||
        reply->element[1]->type != REDIS_REPLY_STRING)
        return false;
    host = reply->element[0];
    if (host->len == 0 || (size_t)host->len >= sizeof leader->host ||
        !text_to_u64(text_of(reply->element[1]->str), &port) || port < 1 || port > 65535)
        return false;
    memcpy(leader->host, host->str, (size_t)host->len + 1);
    leader->port = (int)port;
    return true;
}

static enum status ask_one(const struct redis_sentinels *sentinels, struct redis *one,
                           struct redis_place *leader, const char **code) {
    const char *words[] = {"SENTINEL", "GET-MASTER-ADDR-BY-NAME", sentinels->name};
    size_t lengths[] = {strlen(words[0]), strlen(words[1]), strlen(words[2])};
    const struct redis_command command = {3, words, lengths};
    redisReply *reply = NULL;
    /* Whoever is asked here has waited already. */
    enum status status = redis_probe(one);

    if (status == ST_OK)
        status = redis_run(one, &command, &reply);
    *code = status == ST_OK ? "unknown" : redis_code(one);
    if (status == ST_OK && !read_place(reply, leader))
        status = ST_NOT_FOUND;
    if (reply)
        freeReplyObject(reply);
    return status;
}

enum status redis_sentinels_ask(struct redis_sentinels *sentinels, struct redis_place *leader,
                                const char **code) {
    int64_t until_ms = clock_monotonic_ms() + sentinels->timeout_ms;

    for (size_t i = 0; i < sentinels->count; i++) {
        struct redis *one = sentinels->list[sentinels->first];

        if (ask_one(sentinels, one, leader, code) == ST_OK)
            return ST_OK;
        sentinels->first = (sentinels->first + 1) % sentinels->count;
        if (clock_monotonic_ms() >= until_ms)
            break;
    }
    return ST_UNAVAILABLE;
}
