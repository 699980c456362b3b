#include "store/counts.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"

enum { FETCH_MAX = 256, KEY_MAX = SLUG_MAX + 16, NUMBER_MAX = 24, IDS_BYTES = 64 * 1024 };

/* Long enough to outlive an outage of PostgreSQL, short enough to forget petitions that are gone.
 */
static const char published_ttl_ms[] = "604800000";

static const struct pg_statement counts_statement = {"counts", query_counts};

void count_list_done(struct count_list *list) {
    free(list->items);
    *list = (struct count_list){NULL, 0};
}

static void take_row(const PGresult *result, int row, struct count *out) {
    struct text slug = pg_get_text(result, row, 1);
    memset(out, 0, sizeof *out);
    out->petition = (int32_t)pg_get_int(result, row, 0);
    if (slug.len <= SLUG_MAX)
        memcpy(out->slug, slug.data, slug.len);
    out->n = pg_get_int(result, row, 2);
    out->version = pg_get_int(result, row, 3);
    out->as_of_ms = pg_get_time_ms(result, row, 4);
    out->generation = pg_get_int(result, row, 5);
    out->read_at_ms = pg_get_time_ms(result, row, 6);
    struct text state = pg_get_text(result, row, 7);
    snprintf(out->state, sizeof out->state, "%.*s", (int)state.len, state.data);
    out->has_goal = pg_get_text(result, row, 8).data != NULL;
    out->goal = pg_get_int(result, row, 8);
}

static enum status take_rows(const PGresult *result, struct count_list *out) {
    size_t rows = (size_t)PQntuples(result);
    struct count *items = calloc(rows + 1, sizeof *items);
    if (!items)
        return ST_FAULT;
    for (size_t i = 0; i < rows; i++)
        take_row(result, (int)i, &items[i]);
    *out = (struct count_list){items, rows};
    return ST_OK;
}

enum status counts_read(struct pg *pg, const int32_t *ids, size_t ids_count, int64_t deadline_ms,
                        struct count_list *out) {
    struct pg_params params;
    struct pg_array array;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_array_init(&array, PG_INT4, IDS_BYTES);
    for (size_t i = 0; i < ids_count; i++)
        pg_array_add_int(&array, ids[i]);
    if (!ids)
        pg_params_add(&params, NULL, 0);
    if (!ids || pg_params_add_array(&params, &array))
        status = pg_run(pg, &counts_statement, &params, deadline_ms, &result);
    if (status == ST_OK)
        status = take_rows(result, out);
    PQclear(result);
    pg_array_done(&array);
    return status;
}

static void key_of(const char *slug, char out[KEY_MAX]) {
    snprintf(out, KEY_MAX, "cs:count:{%s}", slug);
}

enum status counts_publish(struct redis *redis, const struct redis_script *script,
                           const struct count *count, bool *strange) {
    char key[KEY_MAX], generation[NUMBER_MAX], version[NUMBER_MAX], n[NUMBER_MAX],
        as_of[CLOCK_TEXT_SIZE], read_at[NUMBER_MAX], goal[NUMBER_MAX] = "-";
    key_of(count->slug, key);
    snprintf(generation, sizeof generation, "%" PRId64, count->generation);
    snprintf(version, sizeof version, "%" PRId64, count->version);
    snprintf(n, sizeof n, "%" PRId64, count->n);
    snprintf(read_at, sizeof read_at, "%" PRId64, count->read_at_ms);
    clock_format(as_of, count->as_of_ms);
    if (count->has_goal)
        snprintf(goal, sizeof goal, "%" PRId64, count->goal);
    const char *values[] = {key,     generation,       version,      n,   as_of,
                            read_at, published_ttl_ms, count->state, goal};
    size_t lengths[sizeof values / sizeof values[0]];
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++)
        lengths[i] = strlen(values[i]);
    const struct redis_command command = {sizeof values / sizeof values[0], values, lengths};
    redisReply *reply = NULL;
    enum status status = redis_run_script(redis, script, 1, &command, &reply);
    *strange = status == ST_OK && reply->type == REDIS_REPLY_INTEGER && reply->integer == 2;
    if (reply)
        freeReplyObject(reply);
    return status;
}

void counts_script_init(struct redis_script *script) {
    redis_script_init(script, script_publish);
}

/* 'generation version count read_at as_of state goal', as sql/lua/publish.lua writes it. */
static bool parse_value(const char *value, struct count *out) {
    long long generation, version, n, read_at;
    char as_of[CLOCK_TEXT_SIZE], goal[NUMBER_MAX];
    unsigned long long goal_number = 0;
    if (sscanf(value, "%lld %lld %lld %lld %31s %15s %23s", &generation, &version, &n, &read_at,
               as_of, out->state, goal) != 7 ||
        generation < 0 || version < 0 || n < 0 || read_at < 0 ||
        !clock_parse(text_of(as_of), &out->as_of_ms))
        return false;
    out->has_goal = text_to_u64(text_of(goal), &goal_number);
    out->goal = (int64_t)goal_number;
    out->generation = generation;
    out->version = version;
    out->n = n;
    out->read_at_ms = read_at;
    return true;
}

static void take_value(const redisReply *reply, struct count *count) {
    struct count found = *count;
    if (reply->type == REDIS_REPLY_STRING && parse_value(reply->str, &found))
        *count = found;
    else
        count->version = -1;
}

static enum status fetch_some(struct redis *redis, struct count *items, size_t count) {
    char keys[FETCH_MAX][KEY_MAX];
    const char *values[FETCH_MAX + 1] = {"MGET"};
    size_t lengths[FETCH_MAX + 1] = {4};
    for (size_t i = 0; i < count; i++) {
        key_of(items[i].slug, keys[i]);
        values[i + 1] = keys[i];
        lengths[i + 1] = strlen(keys[i]);
    }
    const struct redis_command command = {(int)count + 1, values, lengths};
    redisReply *reply = NULL;
    enum status status = redis_run(redis, &command, &reply);
    if (status == ST_OK && (reply->type != REDIS_REPLY_ARRAY || reply->elements != count))
        status = ST_FAULT;
    for (size_t i = 0; status == ST_OK && i < count; i++)
        take_value(reply->element[i], &items[i]);
    if (reply)
        freeReplyObject(reply);
    return status;
}

enum status counts_fetch(struct redis *redis, struct count_list *list) {
    for (size_t at = 0; at < list->count; at += FETCH_MAX) {
        size_t left = list->count - at;
        enum status status =
            fetch_some(redis, &list->items[at], left < FETCH_MAX ? left : FETCH_MAX);
        if (status != ST_OK)
            return status;
    }
    return ST_OK;
}
