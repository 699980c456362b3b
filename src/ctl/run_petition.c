#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "base/secret.h"
#include "core/json.h"
#include "core/petition_file.h"
#include "core/slug.h"
#include "ctl/cards.h"
#include "ctl/faults.h"
#include "ctl/run.h"
#include "store/catalog.h"
#include "store/petitions.h"

enum { FILE_MAX = 4 << 20, WORKERS_MS = 1000, LOOK_MS = 5 };

/* Workers hear of a change when it is committed, and one is some milliseconds later than the other:
 * who comes right after this command meets none that goes by what was before. One that hangs is not
 * waited for. */
static void await_workers(struct context *context) {
    const struct timespec pause = {0, LOOK_MS * 1000000L};
    int64_t deadline_ms = clock_monotonic_ms() + WORKERS_MS;
    bool behind = false;
    /* Behind a pooler none can say what it goes by: each asks once a second. */
    if (pg_is_pooled(context->pg)) {
        nanosleep(&(const struct timespec){1, 250000000L}, NULL);
        return;
    }
    while (catalog_behind(context->pg, deadline_ms, &behind) == ST_OK && behind &&
           clock_monotonic_ms() < deadline_ms) {
        nanosleep(&pause, NULL);
    }
}

/* --- put --- */

/* The file's bytes become the JSON of the database, or every fault a line. */
static enum outcome check_file(struct context *context, const char *path, struct text *json) {
    struct problems problems = {.problem = PROBLEM_NONE};
    struct buffer file;
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = petition_file_check(buffer_text(&file), context->arena, json, &problems);
    if (status == ST_INVALID) {
        faults_say(context_path_name(path), buffer_text(&file), &problems);
        outcome = OUTCOME_WRONG;
    } else if (status != ST_OK || petition_file_render(*json, context->arena, json) != ST_OK) {
        context_say("out of memory");
        outcome = OUTCOME_AWAY;
    }
    buffer_done(&file);
    return outcome;
}

/* Where nothing is confirmed, the count itself tells whether an address was new. */
static void warn_unconfirmed(struct text json) {
    json_t *petition = json_loadb(json.data, json.len, JSON_REJECT_DUPLICATES, NULL);
    const char *confirmation = json_string_value(json_object_get(petition, "confirmation"));
    if (confirmation != NULL && strcmp(confirmation, "none") == 0) {
        context_say(
            "warning: confirmation is \"none\": whoever signs moves the count at once, so the "
            "count tells whether an address had signed already, and anybody can sign for "
            "anybody");
    }
    json_decref(petition);
}

enum outcome run_petition_put(struct context *context) {
    struct text json = {NULL, 0};
    struct petitions_put put = {.index_key = 0};
    struct blind_keys *keys = NULL;
    enum outcome outcome = check_file(context, context->options.arguments[0], &json);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = cards_add(context, &json);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_index_keys(context, &keys);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    put.json = json;
    put.index_key = blind_keys_newest(keys);
    enum status status = petitions_put(context->pg, &put, context->arena, context_soon());
    blind_keys_free(&keys);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    await_workers(context);
    warn_unconfirmed(json);
    if (context->json) {
        output_json(&context->out,
                    json_pack("{s:s%, s:i, s:s%, s:b}", "slug", put.slug.data, put.slug.len,
                              "text_version", (int)put.text_version, "state", put.state.data,
                              put.state.len, "created", put.created));
    } else {
        output_printf(&context->out, "%s %d\n", put.slug.data, (int)put.text_version);
    }
    return OUTCOME_DONE;
}

/* --- list and show --- */

static json_t *text_json(struct text text) {
    return text.data == NULL ? json_null() : json_stringn(text.data, text.len);
}

static json_t *time_json(int64_t unix_ms) {
    char text[CLOCK_TEXT_SIZE];
    if (unix_ms == 0) {
        return json_null();
    }
    clock_format(text, unix_ms);
    return json_string(text);
}

static json_t *row_json(const struct petitions_row *row) {
    return json_pack("{s:o, s:o, s:b, s:o, s:o, s:i, s:o, s:I, s:o, s:o, s:o}", "slug",
                     text_json(row->slug), "state", text_json(row->state), "over", row->over,
                     "confirmation", text_json(row->confirmation), "language",
                     text_json(row->language), "text_version", (int)row->text_version, "goal",
                     row->has_goal ? json_integer(row->goal) : json_null(), "count",
                     (json_int_t)row->count, "title", text_json(row->title), "opened_at",
                     time_json(row->opened_at_ms), "closes_at", time_json(row->closes_at_ms));
}

enum { LIST_COLUMNS = 7 };

static bool fill_cells(struct context *context, const struct petitions_row *row,
                       struct text *cells) {
    struct arena *arena = context->arena;
    char word[32];
    cells[0] = row->slug;
    cells[1] = text_is(row->state, "open") && row->over ? text_of("open, over") : row->state;
    snprintf(word, sizeof word, "%lld", (long long)row->count);
    cells[2] = arena_copy(arena, text_of(word));
    snprintf(word, sizeof word, "%lld", (long long)row->goal);
    cells[3] = row->has_goal ? arena_copy(arena, text_of(word)) : text_of("-");
    cells[4] = row->confirmation;
    snprintf(word, sizeof word, "%d", (int)row->text_version);
    cells[5] = arena_copy(arena, text_of(word));
    cells[6] = row->title.data != NULL ? row->title : text_of("");
    return cells[2].data != NULL && cells[3].data != NULL && cells[5].data != NULL;
}

static enum outcome print_list(struct context *context, const struct petitions_row *rows,
                               size_t count) {
    static const struct output_column columns[LIST_COLUMNS] = {
        {"slug", false},         {"state", false}, {"count", true}, {"goal", true},
        {"confirmation", false}, {"text", true},   {"title", false}};
    struct text *cells = arena_alloc(context->arena, (count + 1) * LIST_COLUMNS * sizeof *cells);
    bool filled = cells != NULL;
    for (size_t i = 0; filled && i < count; i++) {
        filled = fill_cells(context, &rows[i], cells + i * LIST_COLUMNS);
    }
    if (!filled) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    output_table(&context->out, columns, LIST_COLUMNS, cells, count);
    return OUTCOME_DONE;
}

enum outcome run_petition_list(struct context *context) {
    struct petitions_row *rows = NULL;
    size_t count = 0;
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = petitions_list(context->pg, context->arena, context_soon(), &rows, &count);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (!context->json) {
        return print_list(context, rows, count);
    }
    json_t *list = json_array();
    for (size_t i = 0; i < count; i++) {
        json_array_append_new(list, row_json(&rows[i]));
    }
    output_json(&context->out, json_pack("{s:o}", "petitions", list));
    return OUTCOME_DONE;
}

/* One line a name; what is long or nested is left to --json. */
static void print_shown(struct output *out, json_t *petition) {
    const char *name;
    json_t *value;
    json_object_foreach(petition, name, value) {
        if (json_is_string(value)) {
            output_printf(out, "%-22s%s\n", name, json_string_value(value));
        } else if (json_is_integer(value)) {
            output_printf(out, "%-22s%lld\n", name, (long long)json_integer_value(value));
        } else if (json_is_null(value)) {
            output_printf(out, "%-22s-\n", name);
        } else {
            output_printf(out, "%-22s", name);
            json_write(value, &out->buffer);
            output_string(out, "\n");
        }
    }
}

/* PostgreSQL writes an offset; the API says Z. */
static void normalise_time(json_t *petition, const char *name) {
    const char *text = json_string_value(json_object_get(petition, name));
    int64_t unix_ms;
    if (text != NULL && clock_parse(text_of(text), &unix_ms)) {
        json_object_set_new(petition, name, time_json(unix_ms));
    }
}

enum outcome run_petition_show(struct context *context) {
    static const char *const computed[] = {"state",        "count",     "languages",
                                           "text_version", "opened_at", NULL};
    const char *slug = context->options.arguments[0];
    struct text text = {NULL, 0};
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status =
        petitions_show(context->pg, text_of(slug), context->arena, context_soon(), &text);
    if (status != ST_OK) {
        return status == ST_NOT_FOUND ? context_no_petition(slug)
                                      : context_database_failed(context, status);
    }
    json_t *petition = json_loadb(text.data, text.len, 0, NULL);
    normalise_time(petition, "opened_at");
    normalise_time(petition, "closes_at");
    bool as_file = options_has(&context->options, "--file");
    for (size_t i = 0; as_file && computed[i] != NULL; i++) {
        json_object_del(petition, computed[i]);
    }
    if (context->json || as_file) {
        output_json(&context->out, petition);
        return OUTCOME_DONE;
    }
    print_shown(&context->out, petition);
    json_decref(petition);
    return OUTCOME_DONE;
}

/* --- the state --- */

static enum outcome say_moved(struct context *context, const char *slug,
                              const struct petitions_move *move) {
    if (context->json) {
        output_json(&context->out, json_pack("{s:s, s:o, s:o}", "slug", slug, "state",
                                             text_json(move->state), "was", text_json(move->was)));
    } else {
        output_printf(&context->out, "%s %s\n", slug, move->state.data);
    }
    if (text_is(move->state, "open") && move->closes_at_ms != 0 &&
        move->closes_at_ms <= clock_unix_ms()) {
        context_say(
            "warning: closes_at has passed, so nobody can sign; change it with `petition put`");
    }
    return OUTCOME_DONE;
}

static enum outcome move_to(struct context *context, enum petition_state state) {
    const char *slug = context->options.arguments[0];
    struct petitions_move move = {.slug = text_of(slug), .wanted = state};
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = petitions_move(context->pg, &move, context->arena, context_soon());
    if (status == ST_OK) {
        await_workers(context);
        return say_moved(context, slug, &move);
    }
    if (status == ST_NOT_FOUND) {
        return context_no_petition(slug);
    }
    if (status != ST_INVALID) {
        return context_database_failed(context, status);
    }
    context_say("%s is %s and cannot become %s", slug, move.was.data, petition_state_name(state));
    return OUTCOME_NO;
}

enum outcome run_petition_open(struct context *context) {
    return move_to(context, PETITION_OPEN);
}

enum outcome run_petition_close(struct context *context) {
    return move_to(context, PETITION_CLOSED);
}

enum outcome run_petition_withdraw(struct context *context) {
    return move_to(context, PETITION_WITHDRAWN);
}
