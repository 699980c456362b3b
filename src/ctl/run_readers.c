/* subscribers export: who gets news, opened with the mailers' private key, as the file that
 * `subscribers import` takes. */
#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "core/wording.h"
#include "ctl/opener.h"
#include "ctl/private_key.h"
#include "ctl/subscriber_row.h"
#include "ctl/run.h"

enum { WORDS_MAX = 4096, SOURCE_SIZE = 1024 };

struct handing_out {
    struct context *context;
    struct opener *opener;
    struct buffer words;
    int64_t written, unopened;
};

/* The words stand in the program; who ticked their box did so on the petition's page. */
static void add_proof(struct handing_out *out, const struct readers_row *row,
                      struct subscriber_row *line, char source[SOURCE_SIZE]) {
    line->cells[SUBSCRIBER_CONSENT_SOURCE] = row->source;
    line->cells[SUBSCRIBER_CONSENT_TEXT] = row->wording;
    const struct wording *wording = row->version ? wording_find(row->version, row->language) : NULL;
    if (wording != NULL) {
        buffer_reset(&out->words);
        wording_add(&out->words, wording, row->organization);
        line->cells[SUBSCRIBER_CONSENT_TEXT] = buffer_text(&out->words);
    }
    if (row->slug.data != NULL) {
        const char *base_url = out->context->settings.base_url;
        snprintf(source, SOURCE_SIZE, "%s/p/%.*s", base_url != NULL ? base_url : "",
                 (int)row->slug.len, row->slug.data);
        line->cells[SUBSCRIBER_CONSENT_SOURCE] = text_of(source);
    }
}

static void write_row(struct handing_out *out, const struct readers_row *row,
                      const struct recipient *reader) {
    char at[CLOCK_TEXT_SIZE] = "", source[SOURCE_SIZE];
    struct subscriber_row line = {{[SUBSCRIBER_EMAIL] = reader->email,
                                   [SUBSCRIBER_GIVEN_NAME] = reader->given_name,
                                   [SUBSCRIBER_FAMILY_NAME] = reader->family_name,
                                   [SUBSCRIBER_COUNTRY] = row->country,
                                   [SUBSCRIBER_REGION] = row->region,
                                   [SUBSCRIBER_LANGUAGE] = reader->locale,
                                   [SUBSCRIBER_TOPICS] = row->topics,
                                   [SUBSCRIBER_FREQUENCY] = row->frequency}};
    if (row->consented_at_ms != 0) {
        clock_format(at, row->consented_at_ms);
    }
    line.cells[SUBSCRIBER_CONSENTED_AT] = text_of(at);
    add_proof(out, row, &line, source);
    subscriber_row_csv(&line, &out->context->out.buffer);
    output_string(&out->context->out, ""); /* writes what is full */
}

/* False: no use going on, since standard output or memory is at its end. */
static bool take_row(struct handing_out *out, const struct readers_row *row) {
    struct recipient reader;
    enum status status = opener_open_reader(out->opener, row, &reader);
    if (status != ST_OK) {
        out->unopened++;
        fprintf(stderr, "subscriber of epoch %" PRId64 ": %s\n", row->epoch,
                opener_why_not(status));
        return status != ST_FAULT;
    }
    out->written++;
    write_row(out, row, &reader);
    return out->context->out.error == 0;
}

static enum outcome take_rows(struct handing_out *out, struct readers *readers) {
    for (;;) {
        struct readers_row row;
        enum status status = readers_next(readers, context_late(), &row);
        if (status == ST_NOT_FOUND) {
            return OUTCOME_DONE;
        }
        if (status != ST_OK) {
            return context_database_failed(out->context, status);
        }
        if (!take_row(out, &row)) {
            return OUTCOME_AWAY;
        }
    }
}

static enum outcome stream(struct handing_out *out, const struct keypair *pair) {
    struct readers *readers = NULL;
    enum status status =
        readers_open(out->context->pg, keypair_public(pair), context_late(), &readers);
    if (status != ST_OK) {
        return context_database_failed(out->context, status);
    }
    subscriber_row_header(&out->context->out.buffer);
    enum outcome outcome = take_rows(out, readers);
    readers_close(&readers);
    if (out->unopened > 0) {
        context_say("%" PRId64 " rows written, %" PRId64 " could not be opened", out->written,
                    out->unopened);
    }
    return outcome == OUTCOME_DONE && out->unopened > 0 ? OUTCOME_NO : outcome;
}

enum outcome run_subscribers_export(struct context *context) {
    struct handing_out out = {.context = context};
    struct keypair *pair = NULL;
    buffer_init(&out.words, WORDS_MAX);
    enum outcome outcome = private_key_read(context, &pair);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        out.opener = opener_new(pair);
        outcome = out.opener != NULL ? stream(&out, pair) : OUTCOME_AWAY;
    }
    opener_free(&out.opener);
    keypair_free(&pair);
    buffer_done(&out.words);
    return outcome;
}
