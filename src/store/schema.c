#include "store/schema.h"

#include <string.h>

#include "base/clock.h"
#include "queries.h"

static const struct pg_statement version_statement = {"schema_version", query_schema_version};
static const struct pg_statement list_statement = {"schema_list", query_schema_list};

enum { SCRIPT_MAX = 16 << 20 };

/* Any constant that nobody else locks in this database: "csgn". */
#define MIGRATION_LOCK "1668507502"
/* Ours, raised when another program applied the migration while this one waited. */
#define APPLIED_ALREADY "CS100"

int schema_wanted(void) {
    return migrations_count == 0 ? 0 : migrations[migrations_count - 1].version;
}

/* A database that was never migrated has neither the schema nor the table. */
static bool nothing_there(const struct pg *pg) {
    const char *state = pg_sqlstate(pg);
    return strcmp(state, "42P01") == 0 || strcmp(state, "3F000") == 0;
}

static enum status version_get(struct pg *pg, int64_t deadline_ms, int *version) {
    struct pg_params none;
    PGresult *result = NULL;
    pg_params_init(&none);
    enum status status = pg_run(pg, &version_statement, &none, deadline_ms, &result);
    if (status == ST_FAULT && nothing_there(pg)) {
        *version = 0;
        return ST_OK;
    }
    if (status != ST_OK) {
        return status;
    }
    *version = (int)pg_get_int(result, 0, 0);
    PQclear(result);
    return ST_OK;
}

enum status schema_check(struct pg *pg, int64_t deadline_ms, int *found, int *wanted) {
    int version;
    enum status status = version_get(pg, deadline_ms, &version);
    if (status != ST_OK) {
        return status;
    }
    *found = version;
    *wanted = schema_wanted();
    return *found == *wanted ? ST_OK : ST_INVALID;
}

/* ---- listing -----------------------------------------------------------------------------------
 */

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
    int64_t unix_ms;
    if (!pg_get_time_ms(result, row, 2, &unix_ms)) {
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

/* ---- migrating ---------------------------------------------------------------------------------
 */

/* One message of the simple protocol is one transaction by itself, so a lost connection can never
 * leave the second half to run alone. The lock comes first with a patience of its own; the guard
 * behind it sees what another program did meanwhile. */
static void build_script(struct buffer *script, const struct migration *migration,
                         const struct schema_options *options) {
    buffer_printf(script,
                  "SET LOCAL statement_timeout = %d;\n"
                  "SET LOCAL lock_timeout = %lld;\n"
                  "SELECT pg_advisory_xact_lock(" MIGRATION_LOCK ");\n"
                  "SET LOCAL lock_timeout = %d;\n",
                  options->statement_ms, (long long)options->wait_ms, options->lock_timeout_ms);
    buffer_printf(script,
                  "DO $guard$ BEGIN\n"
                  "  IF to_regclass('countersign.schema_version') IS NOT NULL THEN\n"
                  "    IF EXISTS (SELECT FROM countersign.schema_version WHERE version = %d) THEN\n"
                  "      RAISE EXCEPTION 'applied already' USING ERRCODE = '" APPLIED_ALREADY "';\n"
                  "    END IF;\n"
                  "  END IF;\n"
                  "END $guard$;\n",
                  migration->version);
    buffer_add_string(script, migration->sql);
    buffer_printf(script,
                  "\n;INSERT INTO countersign.schema_version (version, name) VALUES (%d, '%s')\n"
                  "    ON CONFLICT (version) DO NOTHING;\n",
                  migration->version, migration->name);
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
    if (status == ST_OK || (status == ST_INVALID && found > wanted)) {
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
