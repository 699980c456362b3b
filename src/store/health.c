#include "store/health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"
#include "row.h"

static const struct pg_statement rights_statement = {"health_rights", query_health_rights};
static const struct pg_statement settings_statement = {"health_settings", query_health_settings};

enum { WORDS_MAX = 4 };

/* --- PostgreSQL --- */

static void read_right(struct row *row, void *out) {
    *(struct health_right *)out = (struct health_right){row_text(row, 0), row_text(row, 1),
                                                        row_text(row, 2), row_bool(row, 3)};
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
    size_t found;
    struct health_right *list = row_read_all(result, arena, sizeof *list, read_right, &found);
    if (!list) {
        return ST_FAULT;
    }
    *rights = list;
    *count = found;
    return ST_OK;
}

enum status health_postgres(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                            struct health_postgres *out) {
    struct pg_params none;
    PGresult *result = NULL;
    int64_t before_ms = clock_unix_ms();
    pg_params_init(&none);
    enum status status = pg_run(pg, &settings_statement, &none, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    int64_t middle_ms = before_ms + (clock_unix_ms() - before_ms) / 2;
    struct row row = {result, 0, arena, false};
    int64_t now_ms = row_time_ms(&row, 9);
    const struct health_postgres health = {
        .role = row_text(&row, 0),
        .superuser = row_bool(&row, 1),
        .version = (int)row_int(&row, 2),
        .encoding = row_text(&row, 3),
        .fsync = row_text(&row, 4),
        .full_page_writes = row_text(&row, 5),
        .synchronous_commit = row_text(&row, 6),
        .connections = (int)row_int(&row, 7),
        .in_recovery = row_bool(&row, 8),
        .autovacuum = row_bool(&row, 10),
        .log_statement = row_text(&row, 11),
        .log_duration_ms = (int)row_int(&row, 12),
        .log_parameters = (int)row_int(&row, 13),
        .log_parameters_on_error = (int)row_int(&row, 14),
        .listens = row_text(&row, 15),
        .port = row_text(&row, 16),
        .encrypted = row_bool(&row, 17),
        .elsewhere = row_bool(&row, 18),
        .standbys = row_text(&row, 19),
        .database = row_text(&row, 20),
        .by_socket = row_bool(&row, 21),
        .skew_ms = now_ms ? now_ms - middle_ms : 0,
    };
    PQclear(result);
    if (row.failed) {
        return ST_FAULT;
    }
    *out = health;
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
