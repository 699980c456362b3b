#include "store/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"

static const struct pg_statement rights_statement = {"health_rights", query_health_rights};
static const struct pg_statement settings_statement = {"health_settings", query_health_settings};

enum { WORDS_MAX = 4 };

/* --- PostgreSQL --- */

static struct text copy(const PGresult *result, int row, int column, struct arena *arena) {
    return arena_copy(arena, pg_get_text(result, row, column));
}

enum status health_rights(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                          struct health_right **rights, size_t *count) {
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(pg, &rights_statement, &none, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    size_t n = (size_t)PQntuples(result);
    struct health_right *list = arena_alloc(arena, (n + 1) * sizeof *list);
    for (size_t i = 0; list != NULL && i < n; i++) {
        list[i] =
            (struct health_right){copy(result, (int)i, 0, arena), copy(result, (int)i, 1, arena),
                                  copy(result, (int)i, 2, arena), pg_get_bool(result, (int)i, 3)};
    }
    PQclear(result);
    if (list == NULL) {
        return ST_FAULT;
    }
    *rights = list;
    *count = n;
    return ST_OK;
}

enum status health_postgres(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                            struct health_postgres *out) {
    struct pg_params none;
    PGresult *result = NULL;
    int64_t now_ms, before_ms = clock_unix_ms();
    pg_params_init(&none);
    enum status status = pg_run(pg, &settings_statement, &none, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    int64_t middle_ms = before_ms + (clock_unix_ms() - before_ms) / 2;
    *out = (struct health_postgres){
        .role = copy(result, 0, 0, arena),
        .superuser = pg_get_bool(result, 0, 1),
        .version = (int)pg_get_int(result, 0, 2),
        .encoding = copy(result, 0, 3, arena),
        .fsync = copy(result, 0, 4, arena),
        .full_page_writes = copy(result, 0, 5, arena),
        .synchronous_commit = copy(result, 0, 6, arena),
        .connections = (int)pg_get_int(result, 0, 7),
        .in_recovery = pg_get_bool(result, 0, 8),
        .autovacuum = pg_get_bool(result, 0, 10),
        .log_statement = copy(result, 0, 11, arena),
        .log_duration_ms = (int)pg_get_int(result, 0, 12),
        .log_parameters = (int)pg_get_int(result, 0, 13),
        .log_parameters_on_error = (int)pg_get_int(result, 0, 14),
        .listens = copy(result, 0, 15, arena),
        .port = copy(result, 0, 16, arena),
        .encrypted = pg_get_bool(result, 0, 17),
        .elsewhere = pg_get_bool(result, 0, 18),
        .standbys = copy(result, 0, 19, arena),
        .database = copy(result, 0, 20, arena),
        .by_socket = pg_get_bool(result, 0, 21),
        .skew_ms = pg_get_time_ms(result, 0, 9, &now_ms) ? now_ms - middle_ms : 0,
    };
    PQclear(result);
    return ST_OK;
}

/* --- Redis --- */

/* Words are separated by spaces. */
static enum status run(struct redis *redis, const char *line, redisReply **reply) {
    const char *values[WORDS_MAX];
    size_t lengths[WORDS_MAX];
    struct text rest = text_of(line);
    struct redis_command command = {0, values, lengths};
    while (rest.data != NULL && command.count < WORDS_MAX) {
        struct text word = text_cut(&rest, ' ');
        values[command.count] = word.data;
        lengths[command.count++] = word.len;
    }
    return redis_run(redis, &command, reply);
}

static bool allows(struct redis *redis, const char *line) {
    redisReply *reply = NULL;
    enum status status = run(redis, line, &reply);
    freeReplyObject(reply);
    return status == ST_OK || (status == ST_FAULT && strcmp(redis_code(redis), "NOPERM") != 0);
}

/* The value of "name:value" in an answer to INFO; absent: it is not there. */
static struct text info_value(struct text info, const char *name) {
    size_t len = strlen(name);
    while (info.data != NULL) {
        struct text line = text_trim(text_cut(&info, '\n'));
        if (text_starts(line, name) && line.len > len && line.data[len] == ':') {
            return text_span(line.data + len + 1, line.len - len - 1);
        }
    }
    return (struct text){NULL, 0};
}

/* Snapshots that are configured and not yet made are told by CONFIG alone. */
static bool is_saved(struct redis *redis) {
    redisReply *reply = NULL;
    bool saved = run(redis, "CONFIG GET save", &reply) == ST_OK &&
                 reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                 reply->element[1]->type == REDIS_REPLY_STRING && reply->element[1]->len > 0;
    freeReplyObject(reply);
    return saved;
}

static void read_info(struct redis *redis, struct health_redis *out) {
    redisReply *reply = NULL;
    if (run(redis, "INFO", &reply) == ST_OK && reply->str != NULL) {
        struct text info = text_span(reply->str, reply->len);
        struct text policy = info_value(info, "maxmemory_policy");
        struct text saves = info_value(info, "rdb_saves"), most = info_value(info, "maxmemory");
        out->tells_about_itself = text_store(policy, out->policy, sizeof out->policy);
        struct text port = info_value(info, "tcp_port");
        out->bounded = !text_is(most, "0");
        out->tcp_port = port.data != NULL ? (int)strtol(port.data, NULL, 10) : 0;
        out->persists = text_is(info_value(info, "aof_enabled"), "1") ||
                        (saves.data != NULL && !text_is(saves, "0")) || is_saved(redis);
    }
    freeReplyObject(reply);
}

bool health_redis_answers(struct redis *redis) {
    redisReply *reply = NULL;
    bool answers = redis_probe(redis) == ST_OK && run(redis, "GET cs:doctor", &reply) == ST_OK;
    freeReplyObject(reply);
    return answers;
}

static enum status read_clock(struct redis *redis, int64_t *skew_ms) {
    redisReply *reply = NULL;
    int64_t before_ms = clock_unix_ms();
    enum status status = run(redis, "TIME", &reply);
    int64_t middle_ms = before_ms + (clock_unix_ms() - before_ms) / 2;
    if (status == ST_OK) {
        bool is_time = reply->type == REDIS_REPLY_ARRAY && reply->elements == 2 &&
                       reply->element[0]->type == REDIS_REPLY_STRING &&
                       reply->element[1]->type == REDIS_REPLY_STRING;
        if (is_time) {
            *skew_ms = strtoll(reply->element[0]->str, NULL, 10) * 1000 +
                       strtoll(reply->element[1]->str, NULL, 10) / 1000 - middle_ms;
        }
        status = is_time ? ST_OK : ST_FAULT;
    }
    freeReplyObject(reply);
    return status;
}

enum status health_redis(struct redis *redis, struct health_redis *out) {
    struct health_redis health = {0};
    enum status status = redis_probe(redis);
    if (status == ST_OK) {
        status = read_clock(redis, &health.skew_ms);
    }
    if (status != ST_OK) {
        return status;
    }
    health.reaches_keys = allows(redis, "GET cs:doctor");
    health.runs_scripts = allows(redis, "EVALSHA 0000000000000000000000000000000000000000 0");
    health.reaches_others = allows(redis, "GET doctor");
    health.reaches_commands = allows(redis, "CONFIG GET maxmemory-policy");
    read_info(redis, &health);
    *out = health;
    return ST_OK;
}
