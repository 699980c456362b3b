#include "store/moderation.h"

#include "queries.h"
#include "row.h"

static const struct pg_statement petition_statement = {"petition_id", query_petition_id};
static const struct pg_statement list_statement = {"shown_list", query_shown_list};
static const struct pg_statement review_statement = {"review", query_review};
static const struct pg_statement invalidate_statement = {"invalidate", query_invalidate};
static const struct pg_statement undo_statement = {"invalidate_undo", query_invalidate_undo};

enum { IDS_LIMIT = 64 << 20 };

enum status moderation_petition(struct pg *pg, struct text slug, int64_t deadline_ms,
                                struct moderation_petition *out) {
    struct pg_params params;
    PGresult *result = NULL;
    pg_params_init(&params);
    pg_params_add_text(&params, slug);
    enum status status = pg_run(pg, &petition_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    if (PQntuples(result) == 0) {
        status = ST_NOT_FOUND;
    } else {
        struct text comments = pg_get_text(result, 0, 2);
        *out = (struct moderation_petition){(int32_t)pg_get_int(result, 0, 0),
                                            (int)pg_get_int(result, 0, 1),
                                            text_is(comments, "off")     ? MODERATION_OFF
                                            : text_is(comments, "shown") ? MODERATION_SHOWN
                                                                         : MODERATION_AFTER_REVIEW};
    }
    PQclear(result);
    return status;
}

/* --- what is shown --- */

static struct moderation_shown read_shown(struct row *row) {
    return (struct moderation_shown){
        .id = row_int(row, 0),
        .at_ms = row_time_ms(row, 1),
        .review = (enum moderation_review)row_int(row, 2),
        .name = row_text(row, 3),
        .place = row_text(row, 4),
        .comment = row_text(row, 5),
        .words = row_int(row, 6),
    };
}

enum status moderation_list(struct pg *pg, struct moderation_page *page, struct arena *arena,
                            int64_t deadline_ms) {
    struct pg_params params;
    PGresult *result = NULL;
    uint8_t petition[4], before[8], most[8];
    pg_params_init(&params);
    pg_params_add_int4(&params, petition, page->petition);
    pg_params_add(&params, page->waiting ? "\1" : "\0", 1);
    if (page->before == 0) {
        pg_params_add_text(&params, text_of(NULL));
    } else {
        pg_params_add_int8(&params, before, page->before);
    }
    pg_params_add_int8(&params, most, MODERATION_PAGE);
    enum status status = pg_run(pg, &list_statement, &params, deadline_ms, &result);
    if (status != ST_OK) {
        return status;
    }
    struct row row = {result, 0, arena, false};
    page->count = (size_t)PQntuples(result);
    for (size_t i = 0; i < page->count; i++, row.at++) {
        page->rows[i] = read_shown(&row);
        page->before = page->rows[i].id;
    }
    PQclear(result);
    return row.failed ? ST_FAULT : ST_OK;
}

static bool add_ids(struct pg_params *params, struct pg_array *array, const int64_t *ids,
                    size_t count) {
    for (size_t i = 0; i < count; i++) {
        pg_array_add_int(array, ids[i]);
    }
    return pg_params_add_array(params, array);
}

enum status moderation_review(struct pg *pg, const struct moderation_verdict *verdict,
                              int64_t deadline_ms, struct moderation_reviewed *out) {
    struct pg_params params;
    struct pg_array ids, words;
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_params_add_text(&params, verdict->slug);
    pg_array_init(&ids, PG_INT8, IDS_LIMIT);
    pg_array_init(&words, PG_INT8, IDS_LIMIT);
    if (add_ids(&params, &ids, verdict->ids, verdict->count) &&
        add_ids(&params, &words, verdict->words, verdict->count)) {
        pg_params_add(&params, verdict->show ? "\1" : "\0", 1);
        status = pg_run(pg, &review_statement, &params, deadline_ms, &result);
    }
    pg_array_done(&ids);
    pg_array_done(&words);
    if (status != ST_OK) {
        return status;
    }
    int done = pg_get_ints(result, 0, 0, out->done, MODERATION_IDS_MAX);
    int changed = pg_get_ints(result, 0, 1, out->changed, MODERATION_IDS_MAX);
    PQclear(result);
    if (done < 0 || changed < 0) {
        return ST_FAULT;
    }
    out->done_count = (size_t)done;
    out->changed_count = (size_t)changed;
    return ST_OK;
}

/* --- the count --- */

static void read_fate(struct row *row, void *out) {
    *(struct moderation_fate *)out =
        (struct moderation_fate){row_int(row, 0), row_text(row, 1), row_bool(row, 2)};
}

enum status moderation_change(struct pg *pg, const struct moderation_change *change,
                              struct arena *arena, int64_t deadline_ms,
                              struct moderation_fates *out) {
    struct pg_params params;
    struct pg_array ids;
    uint8_t slot[2];
    PGresult *result = NULL;
    enum status status = ST_FAULT;
    pg_params_init(&params);
    pg_params_add_int2(&params, slot, (int16_t)change->slot);
    pg_params_add_text(&params, change->slug);
    pg_array_init(&ids, PG_INT8, IDS_LIMIT);
    if (add_ids(&params, &ids, change->ids, change->count)) {
        pg_params_add_text(&params, change->reason);
        status = pg_run(pg, change->undo ? &undo_statement : &invalidate_statement, &params,
                        deadline_ms, &result);
    }
    pg_array_done(&ids);
    if (status != ST_OK) {
        return status;
    }
    struct moderation_fates fates;
    fates.items = row_read_all(result, arena, sizeof *fates.items, read_fate, &fates.count);
    if (!fates.items) {
        return ST_FAULT;
    }
    *out = fates;
    return ST_OK;
}
