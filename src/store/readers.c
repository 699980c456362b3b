#include "store/readers.h"

#include <stdlib.h>

#include "queries.h"

static const struct pg_statement statement = {"readers", query_readers};

enum column {
    MAILBOX,
    EPOCH,
    BOX,
    SEALED,
    COUNTRY,
    REGION,
    TOPICS,
    FREQUENCY,
    CONSENTED_AT,
    SOURCE,
    WORDING,
    VERSION,
    LANGUAGE,
    SLUG,
    ORGANIZATION
};

struct readers {
    struct pg_rows rows;
};

enum status readers_open(struct pg *pg, const uint8_t recipient[SEAL_PUBLIC_KEY],
                         int64_t deadline_ms, struct readers **out) {
    struct pg_params params;
    struct readers *readers = calloc(1, sizeof *readers);
    pg_params_init(&params);
    pg_params_add(&params, recipient, SEAL_PUBLIC_KEY);
    enum status status =
        readers != NULL ? pg_stream(pg, &statement, &params, deadline_ms) : ST_FAULT;
    if (status != ST_OK) {
        free(readers);
        return status;
    }
    readers->rows.pg = pg;
    *out = readers;
    return ST_OK;
}

static struct text text_at(const PGresult *row, enum column column) {
    return pg_get_text(row, 0, (int)column);
}

static void read_row(const PGresult *row, struct readers_row *out) {
    *out = (struct readers_row){
        .mailbox = text_at(row, MAILBOX),
        .epoch = pg_get_int(row, 0, EPOCH),
        .box = text_at(row, BOX),
        .sealed = text_at(row, SEALED),
        .country = text_at(row, COUNTRY),
        .region = text_at(row, REGION),
        .topics = text_at(row, TOPICS),
        .frequency = text_at(row, FREQUENCY),
        .consented_at_ms = pg_get_time_ms(row, 0, CONSENTED_AT),
        .source = text_at(row, SOURCE),
        .wording = text_at(row, WORDING),
        .language = text_at(row, LANGUAGE),
        .slug = text_at(row, SLUG),
        .organization = text_at(row, ORGANIZATION),
        .version = (int)pg_get_int(row, 0, VERSION),
    };
}

enum status readers_next(struct readers *readers, int64_t deadline_ms, struct readers_row *row) {
    enum status status = pg_rows_next(&readers->rows, deadline_ms);
    if (status == ST_OK) {
        read_row(readers->rows.row, row);
    }
    return status;
}

void readers_close(struct readers **readers) {
    if (*readers == NULL) {
        return;
    }
    pg_rows_close(&(*readers)->rows);
    free(*readers);
    *readers = NULL;
}
