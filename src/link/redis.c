#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

#include <sodium.h>

#include "base/clock.h"
#include "redis_private.h"

enum { BACK_OFF_MIN_MS = 50, BACK_OFF_MAX_MS = 1000, CODE_SIZE = 32 };

struct redis {
    struct redis_place place;
    struct redis_sentinels *sentinels; /* NULL: `place` stays the same */
    char *user;
    struct text password;
    int timeout_ms;

    redisContext *context;
    int back_off_ms; /* 0 after an answer */
    int64_t retry_at_ms;
    char code[CODE_SIZE];

    /* The arguments of a script call, with what EVALSHA puts before them. */
    const char **values;
    size_t *lengths;
    size_t cap;
};

/* --- life --- */

enum status redis_new(const struct redis_options *options, struct redis **out) {
    struct redis_place place = {0};
    struct redis_sentinels *sentinels = NULL;
    enum status status = ST_OK;
    struct redis *redis;

    if (redis_sentinels_are(options->address))
        status = redis_sentinels_new(options, &place.database, &sentinels);
    else if (!redis_place_parse(options->address, &place))
        status = ST_INVALID;
    if (status != ST_OK)
        return status;
    redis = calloc(1, sizeof *redis);
    if (!redis) {
        redis_sentinels_free(&sentinels);
        return ST_FAULT;
    }
    redis->place = place;
    redis->sentinels = sentinels;
    redis->password = options->password;
    redis->timeout_ms = options->timeout_ms;
    snprintf(redis->code, sizeof redis->code, "none");
    if (options->user && !(redis->user = strdup(options->user))) {
        redis_free(&redis);
        return ST_FAULT;
    }
    *out = redis;
    return ST_OK;
}

static void disconnect(struct redis *redis) {
    if (redis->context)
        redisFree(redis->context);
    redis->context = NULL;
}

void redis_free(struct redis **redis) {
    if (!*redis)
        return;
    disconnect(*redis);
    redis_sentinels_free(&(*redis)->sentinels);
    free((*redis)->values);
    free((*redis)->lengths);
    free((*redis)->user);
    free(*redis);
    *redis = NULL;
}

const char *redis_code(const struct redis *redis) {
    return redis->code;
}

/* --- failures --- */

/* Throws the context away and starts the back-off. */
static enum status drop(struct redis *redis, const char *code) {
    int next = redis->back_off_ms * 2;

    disconnect(redis);
    if (code != redis->code)
        snprintf(redis->code, sizeof redis->code, "%s", code);
    if (next < BACK_OFF_MIN_MS)
        next = BACK_OFF_MIN_MS;
    redis->back_off_ms = next < BACK_OFF_MAX_MS ? next : BACK_OFF_MAX_MS;
    redis->retry_at_ms = clock_monotonic_ms() + redis->back_off_ms / 2 +
                         (int64_t)randombytes_uniform((uint32_t)redis->back_off_ms / 2 + 1);
    return ST_UNAVAILABLE;
}

/* `number`: errno right after hiredis failed. */
static const char *word_of(const redisContext *context, int number) {
    if (!context || context->err == REDIS_ERR_OOM)
        return "memory";
    if (context->err == REDIS_ERR_EOF)
        return "closed";
    if (context->err == REDIS_ERR_PROTOCOL)
        return "protocol";
#ifdef REDIS_ERR_TIMEOUT
    if (context->err == REDIS_ERR_TIMEOUT)
        return "timeout";
#endif
    if (context->err != REDIS_ERR_IO)
        return "address";
    if (number == EAGAIN || number == ETIMEDOUT || number == EINPROGRESS)
        return "timeout";
    return number == ECONNREFUSED || number == ENOENT ? "refused" : "io";
}

/* The first word of an error reply, which is a constant of the server's. */
static void note_reply(struct redis *redis, const char *message) {
    size_t len = 0;

    while (len < sizeof redis->code - 1 && isalnum((unsigned char)message[len])) {
        redis->code[len] = message[len];
        len++;
    }
    redis->code[len] = '\0';
    if (strncmp(message, "ERR max number of clients", 25) == 0)
        snprintf(redis->code, sizeof redis->code, "maxclients");
}

/* Whether another command would fare no better, but another connection may. */
static bool code_means_away(const char *code) {
    static const char *const away[] = {"READONLY",   "LOADING",     "MISCONF",   "NOAUTH",
                                       "MASTERDOWN", "CLUSTERDOWN", "maxclients"};

    for (size_t i = 0; i < sizeof away / sizeof away[0]; i++) {
        if (strcmp(code, away[i]) == 0)
            return true;
    }
    return false;
}

/* --- one command --- */

/* Each read and write waits at most the time-out (SO_RCVTIMEO); here all of them together wait at
 * most about twice as long. */
static bool is_late(const struct redis *redis, int64_t started_ms) {
    return clock_monotonic_ms() - started_ms >= redis->timeout_ms;
}

/* NULL: dropped. */
static redisReply *exchange(struct redis *redis, const struct redis_command *command) {
    redisContext *context = redis->context;
    int64_t started_ms = clock_monotonic_ms();
    void *reply = NULL;
    int done = 0;

    if (redisAppendCommandArgv(context, command->count, command->values, command->lengths) !=
        REDIS_OK)
        goto failed;
    while (!done) {
        if (redisBufferWrite(context, &done) != REDIS_OK)
            goto failed;
        if (!done && is_late(redis, started_ms))
            goto late;
    }
    for (;;) {
        if (redisBufferRead(context) != REDIS_OK ||
            redisGetReplyFromReader(context, &reply) != REDIS_OK)
            goto failed;
        if (reply)
            return reply;
        if (is_late(redis, started_ms))
            goto late;
    }
failed:
    drop(redis, word_of(context, errno));
    return NULL;
late:
    drop(redis, "timeout");
    return NULL;
}

static enum status run(struct redis *redis, const struct redis_command *command,
                       redisReply **reply) {
    redisReply *got = exchange(redis, command);

    if (!got)
        return ST_UNAVAILABLE;
    if (got->type == REDIS_REPLY_ERROR) {
        note_reply(redis, got->str);
        freeReplyObject(got);
        return code_means_away(redis->code) ? drop(redis, redis->code) : ST_FAULT;
    }
    redis->back_off_ms = 0;
    *reply = got;
    return ST_OK;
}

/* --- connecting --- */

static enum status run_words(struct redis *redis, int count, const char **words) {
    size_t lengths[3];
    struct redis_command command = {count, words, lengths};
    redisReply *reply = NULL;
    enum status status;

    for (int i = 0; i < count; i++)
        lengths[i] = strlen(words[i]);
    status = run(redis, &command, &reply);
    if (status == ST_OK)
        freeReplyObject(reply);
    return status;
}

static enum status authenticate(struct redis *redis) {
    const char *values[3] = {"AUTH"};
    size_t lengths[3] = {4};
    struct redis_command command = {1, values, lengths};
    redisReply *reply = NULL;
    enum status status;

    if (redis->user) {
        values[command.count] = redis->user;
        lengths[command.count++] = strlen(redis->user);
    }
    values[command.count] = redis->password.data;
    lengths[command.count++] = redis->password.len;
    status = run(redis, &command, &reply);
    if (status == ST_OK)
        freeReplyObject(reply);
    return status;
}

static enum status select_database(struct redis *redis) {
    char number[24];
    const char *words[] = {"SELECT", number};

    snprintf(number, sizeof number, "%ld", redis->place.database);
    return run_words(redis, 2, words);
}

/* Whom the sentinels name may have led until a moment ago. */
static enum status check_role(struct redis *redis) {
    const char *word = "ROLE";
    const size_t len = 4;
    const struct redis_command command = {1, &word, &len};
    redisReply *reply = NULL;
    enum status status = run(redis, &command, &reply);

    if (status != ST_OK)
        return status;
    bool leads = reply->type == REDIS_REPLY_ARRAY && reply->elements > 0 &&
                 reply->element[0]->type == REDIS_REPLY_STRING &&
                 strcmp(reply->element[0]->str, "master") == 0;
    freeReplyObject(reply);
    return leads ? ST_OK : drop(redis, "replica");
}

static enum status connect_now(struct redis *redis) {
    struct timeval timeout = {redis->timeout_ms / 1000, redis->timeout_ms % 1000 * 1000};
    enum status status = ST_OK;
    const char *code;
    int number;

    if (redis->sentinels && redis_sentinels_ask(redis->sentinels, &redis->place, &code) != ST_OK)
        return drop(redis, code);
    errno = 0;
    redis->context = redis->place.port == 0
                         ? redisConnectUnixWithTimeout(redis->place.host, timeout)
                         : redisConnectWithTimeout(redis->place.host, redis->place.port, timeout);
    number = errno;
    if (!redis->context || redis->context->err)
        return drop(redis, word_of(redis->context, number));
    /* The time-out of connecting is not that of commands. */
    if (redisSetTimeout(redis->context, timeout) != REDIS_OK)
        return drop(redis, "io");
    if (redis->password.data)
        status = authenticate(redis);
    if (status == ST_OK && redis->place.database != 0)
        status = select_database(redis);
    if (status == ST_OK && redis->sentinels)
        status = check_role(redis);
    if (status == ST_FAULT) /* a wrong password: the word is kept */
        status = drop(redis, redis->code);
    return status;
}

/* While nothing is asked, nothing must come: a server that went away, or an answer nobody waits
 * for. */
static bool is_stale(const redisContext *context) {
    char byte;

    if (context->reader->pos < context->reader->len)
        return true;
    return recv(context->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0 ||
           (errno != EAGAIN && errno != EWOULDBLOCK);
}

static enum status ready(struct redis *redis, bool now) {
    if (redis->context && is_stale(redis->context))
        disconnect(redis);
    if (redis->context)
        return ST_OK;
    if (!now && clock_monotonic_ms() < redis->retry_at_ms)
        return ST_UNAVAILABLE;
    return connect_now(redis);
}

/* --- commands --- */

enum status redis_run(struct redis *redis, const struct redis_command *command,
                      redisReply **reply) {
    enum status status = ready(redis, false);

    return status == ST_OK ? run(redis, command, reply) : status;
}

enum status redis_probe(struct redis *redis) {
    const char *words[] = {"PING"};
    enum status status = ready(redis, true);

    return status == ST_OK ? run_words(redis, 1, words) : status;
}

static bool reserve(struct redis *redis, size_t count) {
    const char **values;
    size_t *lengths;

    if (count <= redis->cap)
        return true;
    values = reallocarray(redis->values, count, sizeof *values);
    if (values)
        redis->values = values;
    lengths = reallocarray(redis->lengths, count, sizeof *lengths);
    if (lengths)
        redis->lengths = lengths;
    if (!values || !lengths)
        return false;
    redis->cap = count;
    return true;
}

static void set_word(struct redis *redis, size_t at, const char *word) {
    redis->values[at] = word;
    redis->lengths[at] = strlen(word);
}

enum status redis_run_script(struct redis *redis, const struct redis_script *script, int keys,
                             const struct redis_command *command, redisReply **reply) {
    struct redis_command whole = {command->count + 3, NULL, NULL};
    char keys_text[16];
    enum status status;

    if (!reserve(redis, (size_t)whole.count)) {
        snprintf(redis->code, sizeof redis->code, "memory");
        return ST_FAULT;
    }
    snprintf(keys_text, sizeof keys_text, "%d", keys);
    set_word(redis, 0, "EVALSHA");
    set_word(redis, 1, script->sha);
    set_word(redis, 2, keys_text);
    for (int i = 0; i < command->count; i++) {
        redis->values[i + 3] = command->values[i];
        redis->lengths[i + 3] = command->lengths[i];
    }
    whole.values = redis->values;
    whole.lengths = redis->lengths;
    status = redis_run(redis, &whole, reply);
    if (status == ST_FAULT && strcmp(redis->code, "NOSCRIPT") == 0) {
        set_word(redis, 0, "EVAL");
        set_word(redis, 1, script->body);
        status = redis_run(redis, &whole, reply);
    }
    redis->values[2] = NULL; /* on this stack */
    return status;
}
