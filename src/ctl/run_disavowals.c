#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "ctl/run.h"
#include "store/disavowals.h"

enum { COLUMNS = 5, DATE_TEXT = 10 };

static bool begins(const struct disavowals_rows *rows, size_t index) {
    return index == 0 || !text_equal(rows->items[index].slug, rows->items[index - 1].slug);
}

/* Of the petition whose first row this is. */
static struct disavowals_row sum_of(const struct disavowals_rows *rows, size_t first) {
    struct disavowals_row sum = rows->items[first];
    for (size_t i = first + 1; i < rows->count && !begins(rows, i); i++) {
        sum.disavowed += rows->items[i].disavowed;
        sum.signed_then += rows->items[i].signed_then;
        sum.sent += rows->items[i].sent;
    }
    return sum;
}

static void format_day(char day[CLOCK_TEXT_SIZE], int64_t day_ms) {
    clock_format(day, day_ms);
    day[DATE_TEXT] = '\0';
}

/* --- a table --- */

static struct text number(struct context *context, int64_t value) {
    char word[32];
    snprintf(word, sizeof word, "%" PRId64, value);
    return arena_copy(context->arena, text_of(word));
}

static void fill(struct context *context, struct text *cells, struct text name,
                 const struct disavowals_row *row) {
    cells[0] = name;
    cells[1] = number(context, row->disavowed);
    cells[2] = number(context, row->signed_then);
    cells[3] = number(context, row->sent);
    cells[4] = row->sent > 0 ? number(context, row->disavowed * 1000 / row->sent) : text_of("-");
}

static enum outcome print_table(struct context *context, const struct disavowals_rows *rows) {
    static const struct output_column columns[COLUMNS] = {{"petition", false},
                                                          {"disavowed", true},
                                                          {"signatures", true},
                                                          {"letters", true},
                                                          {"per mille", true}};
    bool with_days = context->options.count > 0;
    struct text *cells =
        arena_alloc(context->arena, (2 * rows->count + 1) * COLUMNS * sizeof *cells);
    size_t count = 0;
    for (size_t i = 0; cells != NULL && i < rows->count; i++) {
        const struct disavowals_row *row = &rows->items[i];
        char day[CLOCK_TEXT_SIZE];
        if (begins(rows, i)) {
            struct disavowals_row sum = sum_of(rows, i);
            fill(context, cells + COLUMNS * count++, row->slug, &sum);
        }
        if (with_days && row->day_ms != 0) {
            format_day(day, row->day_ms);
            fill(context, cells + COLUMNS * count++, arena_copy(context->arena, text_of(day)), row);
        }
    }
    if (cells == NULL || arena_failed(context->arena)) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    output_table(&context->out, columns, COLUMNS, cells, count);
    return OUTCOME_DONE;
}

/* --- JSON --- */

static json_t *days_json(const struct disavowals_rows *rows, size_t first) {
    json_t *list = json_array();
    for (size_t i = first; i < rows->count && (i == first || !begins(rows, i)); i++) {
        const struct disavowals_row *row = &rows->items[i];
        char day[CLOCK_TEXT_SIZE];
        if (row->day_ms == 0) {
            continue;
        }
        format_day(day, row->day_ms);
        json_array_append_new(list, json_pack("{s:s, s:I, s:I, s:I}", "day", day, "disavowed",
                                              (json_int_t)row->disavowed, "signatures",
                                              (json_int_t)row->signed_then, "letters",
                                              (json_int_t)row->sent));
    }
    return list;
}

static void print_json(struct context *context, const struct disavowals_rows *rows) {
    json_t *list = json_array();
    for (size_t i = 0; i < rows->count; i++) {
        if (begins(rows, i)) {
            struct disavowals_row sum = sum_of(rows, i);
            json_array_append_new(list,
                                  json_pack("{s:s, s:I, s:I, s:I, s:o}", "slug", sum.slug.data,
                                            "disavowed", (json_int_t)sum.disavowed, "signatures",
                                            (json_int_t)sum.signed_then, "letters",
                                            (json_int_t)sum.sent, "days", days_json(rows, i)));
        }
    }
    output_json(&context->out, json_pack("{s:o}", "petitions", list));
}

enum outcome run_disavowals(struct context *context) {
    const char *slug = context->options.count > 0 ? context->options.arguments[0] : NULL;
    struct disavowals_rows rows = {NULL, 0};
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status =
        disavowals_read(context->pg, text_of(slug), context->arena, context_late(), &rows);
    if (status == ST_NOT_FOUND) {
        return context_no_petition(slug);
    }
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (!context->json) {
        return print_table(context, &rows);
    }
    print_json(context, &rows);
    return OUTCOME_DONE;
}
