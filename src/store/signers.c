#include "store/signers.h"

#include <stdlib.h>

#include "queries.h"

static const struct pg_statement statement = {"signers", query_signers};

enum column { ID, STATE, EPOCH, BOX, EMAIL_HASH, SEALED, TEXT_VERSION, SIGNED_AT, CONFIRMED_AT };

struct signers {
    struct pg_rows rows;
};

static void add_states(struct pg_array *states, enum signers_which which) {
    if (which != SIGNERS_PENDING) {
        pg_array_add_text(states, text_of("confirmed"));
    }
    if (which != SIGNERS_CONFIRMED) {
        pg_array_add_text(states, text_of("pending"));
    }
    if (which == SIGNERS_ALL) {
        pg_array_add_text(states, text_of("withdrawn"));
        pg_array_add_text(states, text_of("invalidated"));
    }
}

enum status signers_open(struct pg *pg, const struct signers_query *query, int64_t deadline_ms,
                         struct signers **out) {
    struct pg_params params;
    struct pg_array states;
    uint8_t petition[4];
    struct signers *signers = calloc(1, sizeof *signers);
    pg_array_init(&states, PG_TEXT, 1024);
    pg_params_init(&params);
    pg_params_add_int4(&params, petition, query->petition);
    pg_params_add(&params, query->recipient, sizeof query->recipient);
    add_states(&states, query->which);
    enum status status = ST_FAULT;
    if (signers != NULL && pg_params_add_array(&params, &states)) {
        status = pg_stream(pg, &statement, &params, deadline_ms);
    }
    pg_array_done(&states);
    if (status != ST_OK) {
        free(signers);
        return status;
    }
    signers->rows.pg = pg;
    *out = signers;
    return ST_OK;
}

static void read_row(const PGresult *row, struct signers_row *out) {
    *out = (struct signers_row){
        .id = pg_get_int(row, 0, ID),
        .state = pg_get_text(row, 0, STATE),
        .epoch = pg_get_int(row, 0, EPOCH),
        .box = pg_get_text(row, 0, BOX),
        .email_hash = pg_get_text(row, 0, EMAIL_HASH),
        .sealed = pg_get_text(row, 0, SEALED),
        .text_version = pg_get_int(row, 0, TEXT_VERSION),
        .signed_at_ms = pg_get_time_ms(row, 0, SIGNED_AT),
        .confirmed_at_ms = pg_get_time_ms(row, 0, CONFIRMED_AT),
    };
}

enum status signers_next(struct signers *signers, int64_t deadline_ms, struct signers_row *row) {
    enum status status = pg_rows_next(&signers->rows, deadline_ms);
    if (status == ST_OK) {
        read_row(signers->rows.row, row);
    }
    return status;
}

void signers_close(struct signers **signers) {
    if (*signers == NULL) {
        return;
    }
    pg_rows_close(&(*signers)->rows);
    free(*signers);
    *signers = NULL;
}
