#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/compare.h"
#include "ctl/run.h"

enum { PATIENCE_MS = 3000 };

static enum outcome no_such(struct context *context, enum status status) {
    if (status == ST_NOT_FOUND) {
        return context_no_petition(context->options.arguments[0]);
    }
    return context_database_failed(context, status);
}

/* --- count --- */

static json_t *number_or_null(const struct compare_row *row, int64_t number) {
    return row->published ? json_integer(number) : json_null();
}

static json_t *count_json(const struct compare_row *row) {
    return json_pack("{s:s, s:I, s:I, s:I, s:o}", "slug", row->audit.slug.data, "table",
                     (json_int_t)row->audit.in_table, "erased", (json_int_t)row->audit.erased,
                     "tally", (json_int_t)row->audit.tally, "redis",
                     number_or_null(row, row->redis.n));
}

enum { COUNT_COLUMNS = 5 };

static struct text number_text(struct context *context, int64_t number) {
    char word[32];
    snprintf(word, sizeof word, "%lld", (long long)number);
    return arena_copy(context->arena, text_of(word));
}

static void print_counts(struct context *context, const struct compare *compare) {
    static const struct output_column columns[COUNT_COLUMNS] = {
        {"slug", false}, {"table", true}, {"erased", true}, {"tally", true}, {"redis", true}};
    struct text *cells =
        arena_alloc(context->arena, (compare->count + 1) * COUNT_COLUMNS * sizeof *cells);
    for (size_t i = 0; cells != NULL && i < compare->count; i++) {
        const struct compare_row *row = &compare->rows[i];
        struct text *cell = cells + i * COUNT_COLUMNS;
        cell[0] = row->audit.slug;
        cell[1] = number_text(context, row->audit.in_table);
        cell[2] = number_text(context, row->audit.erased);
        cell[3] = number_text(context, row->audit.tally);
        cell[4] = row->published ? number_text(context, row->redis.n) : text_of("-");
    }
    if (cells != NULL) {
        output_table(&context->out, columns, COUNT_COLUMNS, cells, compare->count);
    }
}

static void print_counts_json(struct context *context, const struct compare *compare) {
    json_t *list = json_array();
    for (size_t i = 0; i < compare->count; i++) {
        json_array_append_new(list, count_json(&compare->rows[i]));
    }
    output_json(&context->out,
                json_pack("{s:o, s:b}", "counts", list, "redis_away", compare->redis_away));
}

/* Connections, and the one snapshot of table and tally. */
static enum outcome read_rows(struct context *context, struct compare *compare) {
    enum outcome outcome = context_database(context);
    if (outcome == OUTCOME_DONE) {
        outcome = context_redis(context);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    const char *slug = context->options.count > 0 ? context->options.arguments[0] : NULL;
    bool is_terminal = isatty(STDERR_FILENO) == 1;
    fputs(is_terminal ? "reading every signature ..." : "", stderr);
    enum status status = compare_read(compare, context->pg, context->arena, text_of(slug));
    fputs(is_terminal ? "\r\033[K" : "", stderr);
    return status == ST_OK ? OUTCOME_DONE : no_such(context, status);
}

enum outcome run_count(struct context *context) {
    struct compare compare = {0};
    enum outcome outcome = read_rows(context, &compare);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    compare_ask_redis(&compare, context->redis);
    if (context->json) {
        print_counts_json(context, &compare);
    } else {
        print_counts(context, &compare);
    }
    if (compare.redis_away) {
        context_say("Redis is away (%s)", redis_code(context->redis));
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

/* --- audit --- */

static json_t *differences_json(const struct compare_row *row) {
    json_t *list = json_array();
    for (size_t i = 0; i < row->differences_count; i++) {
        json_array_append_new(list, json_string(row->differences[i]));
    }
    return list;
}

static json_t *audit_json(const struct compare_row *row) {
    const struct audit_row *audit = &row->audit;
    return json_pack("{s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:o, s:o}", "slug", audit->slug.data,
                     "equal", row->differences_count == 0, "table", (json_int_t)audit->in_table,
                     "erased", (json_int_t)audit->erased, "tally", (json_int_t)audit->tally,
                     "places", (json_int_t)audit->places, "hours", (json_int_t)audit->hours,
                     "undeliverable", (json_int_t)audit->undeliverable, "redis",
                     number_or_null(row, row->redis.n), "differences", differences_json(row));
}

static void print_audit(struct output *out, const struct compare_row *row) {
    if (row->differences_count == 0) {
        output_printf(out, "%s: equal, %lld", row->audit.slug.data, (long long)row->audit.tally);
        if (row->audit.undeliverable > 0) {
            output_printf(out, "; %lld taken out of it as undeliverable",
                          (long long)row->audit.undeliverable);
        }
        output_string(out, "\n");
    }
    for (size_t i = 0; i < row->differences_count; i++) {
        output_printf(out, "%s: DIFFERS: %s\n", row->audit.slug.data, row->differences[i]);
    }
}

static void print_all(struct context *context, const struct compare *compare) {
    json_t *list = context->json ? json_array() : NULL;
    for (size_t i = 0; i < compare->count; i++) {
        if (context->json) {
            json_array_append_new(list, audit_json(&compare->rows[i]));
        } else {
            print_audit(&context->out, &compare->rows[i]);
        }
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:b, s:b, s:o}", "equal", compare_equal(compare),
                                             "redis_away", compare->redis_away, "petitions", list));
    }
}

enum outcome run_audit(struct context *context) {
    struct compare compare = {0};
    enum outcome outcome = read_rows(context, &compare);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = compare_settle(&compare, context->pg, context->redis, PATIENCE_MS);
    if (status != ST_OK) {
        return no_such(context, status);
    }
    print_all(context, &compare);
    if (!compare_equal(&compare)) {
        return OUTCOME_NO;
    }
    if (compare.redis_away) {
        context_say("Redis is away (%s); table and tally were compared without it",
                    redis_code(context->redis));
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}
