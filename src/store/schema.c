#include "store/schema.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "queries.h"

static const struct pg_statement version_statement = {"schema_version", query_schema_version};
static const struct pg_statement list_statement = {"schema_list", query_schema_list};

enum { SCRIPT_MAX = 16 << 20 };

/* Another program applied the migration while this one waited for it. */
#define APPLIED_ALREADY "CS100"

int schema_wanted(void) {
    return migrations_count == 0 ? 0 : migrations[migrations_count - 1].version;
}

const char *schema_advice(int found) {
    if (found == SCHEMA_NOT_UTF8)
        return "make the database anew, with ENCODING 'UTF8'";
    return found < schema_wanted() ? "run countersign migrate"
                                   : "install the newer programs, or restore the older database";
}

void schema_refusal(int found, char out[SCHEMA_WORDS]) {
    char version[64] = "is not in UTF8";
    if (found != SCHEMA_NOT_UTF8)
        snprintf(version, sizeof version, "has schema version %d, this program knows %d", found,
                 schema_wanted());
    snprintf(out, SCHEMA_WORDS, "the database %s: %s", version, schema_advice(found));
}

/* A database that was never migrated has neither the schema nor the table. */
static bool nothing_there(const struct pg *pg) {
    const char *state = pg_sqlstate(pg);
    return strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0;
}

static enum status version_get(struct pg *pg, int64_t deadline_ms, int *version, int *works_from) {
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(pg, &version_statement, &none, deadline_ms, &result);
    if (status == ST_FAULT && nothing_there(pg)) {
        *version = *works_from = 0;
        return ST_OK;
    }
    if (status != ST_OK) {
        return status;
    }
    *version = (int)pg_get_int(result, 0, 0);
    *works_from = (int)pg_get_int(result, 0, 1);
    PQclear(result);
    return ST_OK;
}

enum status schema_check(struct pg *pg, int64_t deadline_ms, int *found, int *wanted) {
    int version = 0, works_from = 0;
    enum status status = version_get(pg, deadline_ms, &version, &works_from);
    bool is_utf8 = pg_is_utf8(pg);
    /* In another encoding not even the statement's words need pass. */
    if (status != ST_OK && (status != ST_FAULT || is_utf8)) {
        return status;
    }
    *wanted = schema_wanted();
    *found = is_utf8 ? version : SCHEMA_NOT_UTF8;
    if (!is_utf8) {
        return ST_INVALID;
    }
    return *found >= *wanted && works_from <= *wanted ? ST_OK : ST_INVALID;
}

/* --- listing --- */

static size_t own_rows(struct schema_row *rows) {
    for (size_t i = 0; i < migrations_count; i++) {
        rows[i] = (struct schema_row){migrations[i].version, text_of(migrations[i].name), true,
                                      false, text_of(NULL)};
    }
    return migrations_count;
}

static struct schema_row *row_of(struct schema_row *rows, size_t *count, int version) {
    for (size_t i = 0; i < *count; i++) {
        if (rows[i].version == version) {
            return &rows[i];
        }
    }
    struct schema_row *row = &rows[(*count)++];
    *row = (struct schema_row){version, text_of(NULL), false, false, text_of(NULL)};
    return row;
}

static struct text time_text(const PGresult *result, int row, struct arena *arena) {
    char text[CLOCK_TEXT_SIZE];
    int64_t unix_ms = pg_get_time_ms(result, row, 2);
    if (unix_ms == 0) {
        return text_of("");
    }
    clock_format(text, unix_ms);
    return arena_copy(arena, text_of(text));
}

static void take_applied(const PGresult *result, struct arena *arena, struct schema_row *rows,
                         size_t *count) {
    for (int i = 0; i < PQntuples(result); i++) {
        struct schema_row *row = row_of(rows, count, (int)pg_get_int(result, i, 0));
        row->applied = true;
        row->applied_at = time_text(result, i, arena);
        if (!row->known) {
            row->name = arena_copy(arena, pg_get_text(result, i, 1));
        }
    }
}

enum status schema_list(struct pg *pg, struct arena *arena, int64_t deadline_ms,
                        struct schema_row **rows, size_t *count) {
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(pg, &list_statement, &none, deadline_ms, &result);
    if (status == ST_FAULT && nothing_there(pg)) {
        status = ST_OK;
    }
    if (status != ST_OK) {
        return status;
    }
    size_t most = migrations_count + (result != NULL ? (size_t)PQntuples(result) : 0);
    struct schema_row *list = arena_alloc(arena, (most + 1) * sizeof *list);
    if (list == NULL) {
        PQclear(result);
        return ST_FAULT;
    }
    size_t used = own_rows(list);
    if (result != NULL) {
        take_applied(result, arena, list, &used);
    }
    PQclear(result);
    *rows = list;
    *count = used;
    return ST_OK;
}

/* --- migrating --- */

struct variable {
    const char *name;
    const char *text; /* NULL: the number */
    long long number;
};

static size_t name_length(const char *text) {
    return strspn(text, "abcdefghijklmnopqrstuvwxyz_");
}

static const struct variable *variable_find(const struct variable *variables, const char *name) {
    size_t len = name_length(name);
    for (; len > 0 && variables->name != NULL; variables++) {
        if (strlen(variables->name) == len && memcmp(variables->name, name, len) == 0) {
            return variables;
        }
    }
    return NULL;
}

/* As psql would: `:name` becomes its value; what is none, such as `::text`, stays. */
static void fill_in(struct buffer *out, const char *sql, const struct variable *variables) {
    while (*sql != '\0') {
        const struct variable *variable = *sql == ':' ? variable_find(variables, sql + 1) : NULL;
        if (variable == NULL) {
            buffer_add(out, sql++, 1);
            continue;
        }
        if (variable->text != NULL) {
            buffer_add_string(out, variable->text);
        } else {
            buffer_printf(out, "%lld", variable->number);
        }
        sql += 1 + strlen(variable->name);
    }
}

static void build_script(struct buffer *script, const struct migration *migration,
                         const struct schema_options *options) {
    const struct variable variables[] = {{"wait_ms", NULL, options->wait_ms},
                                         {"lock_ms", NULL, options->lock_timeout_ms},
                                         {"statement_ms", NULL, options->statement_ms},
                                         {"version", NULL, migration->version},
                                         {"name", migration->name, 0},
                                         {"migration", migration->sql, 0},
                                         {NULL, NULL, 0}};
    fill_in(script, query_migrate, variables);
}

static enum status apply(struct pg *pg, const struct migration *migration,
                         const struct schema_options *options) {
    struct buffer script;
    buffer_init(&script, SCRIPT_MAX);
    build_script(&script, migration, options);
    enum status status = ST_FAULT;
    if (!script.failed) {
        int64_t deadline_ms = clock_monotonic_ms() + options->wait_ms + options->statement_ms;
        status = pg_script(pg, script.data, deadline_ms, NULL);
    }
    if (status == ST_FAULT && strcmp(pg_sqlstate(pg), APPLIED_ALREADY) == 0) {
        status = ST_DUPLICATE;
    }
    buffer_done(&script);
    return status;
}

static enum status is_applied(struct pg *pg, int version, int64_t deadline_ms, bool *applied) {
    struct arena *arena = arena_new(4096, 1 << 20);
    struct schema_row *rows = NULL;
    size_t count = 0;
    if (arena == NULL) {
        return ST_FAULT;
    }
    enum status status = schema_list(pg, arena, deadline_ms, &rows, &count);
    for (size_t i = 0; status == ST_OK && i < count; i++) {
        if (rows[i].version == version) {
            *applied = rows[i].applied;
        }
    }
    arena_free(&arena);
    return status;
}

static enum status apply_if_missing(struct pg *pg, const struct migration *migration,
                                    const struct schema_options *options, int *applied) {
    bool there = false;
    int64_t deadline_ms = clock_monotonic_ms() + options->wait_ms;
    enum status status = is_applied(pg, migration->version, deadline_ms, &there);
    if (status != ST_OK || there) {
        return status;
    }
    if (options->progress != NULL) {
        options->progress(options->context, migration->version, migration->name);
    }
    status = apply(pg, migration, options);
    if (status == ST_DUPLICATE) {
        return ST_OK;
    }
    if (status == ST_OK) {
        (*applied)++;
    }
    return status;
}

enum status schema_migrate(struct pg *pg, const struct schema_options *options, int *applied,
                           int *failed) {
    int found = 0, wanted = 0, done = 0;
    enum status status = schema_check(pg, clock_monotonic_ms() + options->wait_ms, &found, &wanted);
    *failed = 0;
    if (status == ST_OK || (status == ST_INVALID && (found > wanted || found < 0))) {
        *applied = 0;
        return status;
    }
    if (status != ST_INVALID) {
        return status;
    }
    for (size_t i = 0; i < migrations_count; i++) {
        status = apply_if_missing(pg, &migrations[i], options, &done);
        if (status != ST_OK) {
            *failed = migrations[i].version;
            break;
        }
    }
    *applied = done;
    return status;
}
