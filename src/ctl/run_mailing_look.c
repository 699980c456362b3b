/* A letter to the list before it is sent: as a file, and to one mailbox. */
#include <sodium.h>
#include <string.h>

#include "base/clock.h"
#include "core/address.h"
#include "ctl/letter_files.h"
#include "ctl/run.h"
#include "ctl/sealer.h"
#include "store/catalog.h"
#include "store/mailings.h"

static int64_t soon(void) {
    return clock_monotonic_ms() + CONTEXT_QUICK_MS;
}

static enum outcome no_letter(const char *name) {
    context_say("no letter %.64s, or its petition is a draft; `countersign letter status` lists "
                "them",
                name);
    return OUTCOME_NO;
}

/* ---- preview -----------------------------------------------------------------------------------
 */

/* What a letter is made of. */
struct parts {
    const struct mailing *mailing;
    const struct petition *petition;
    struct letters *letters;
};

static enum outcome find_parts(struct context *context, const char *name, struct parts *out) {
    struct mailings mailings;
    struct catalog catalog;
    struct source_fault fault;
    enum status status = mailings_load(context->pg, soon(), context->arena, &mailings);
    if (status == ST_OK) {
        status = catalog_load(context->pg, soon(), context->arena, &catalog);
    }
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    out->mailing = mailings_find_name(&mailings, text_of(name));
    const struct petition *petitions = catalog.petitions;
    for (size_t i = 0; out->mailing != NULL && i < catalog.count; i++) {
        if (petitions[i].id == out->mailing->petition) {
            out->petition = petitions + i;
        }
    }
    if (out->petition == NULL) {
        return no_letter(name);
    }
    if (letters_open(context->settings.shipped_letters_folder, context->settings.letters_folder,
                     &out->letters, &fault) != ST_OK) {
        context_say("%s", fault.message);
        return OUTCOME_WRONG;
    }
    return OUTCOME_DONE;
}

static enum outcome preview(struct context *context, const struct parts *parts) {
    const char *base_url = context->settings.base_url;
    struct letter_rendered rendered;
    const struct mailing_reader reader = {
        .base_url = text_of(base_url != NULL ? base_url : "https://sign.example.org"),
        .locale = text_of(options_find(&context->options, "--language")),
        .given_name = text_of(options_find(&context->options, "--given-name")),
        .token = text_of("AAPREVIEW0PREVIEW0PREVIE"),
        .counted = context->settings.count_letter_links};
    enum status status =
        mailing_render(parts->letters, parts->mailing, parts->petition, &reader, &rendered);
    if (status != ST_OK) {
        context_say("the letter is larger than a letter may be (100 kB), or memory is out");
        return OUTCOME_WRONG;
    }
    const struct letter_files files = {.stem = parts->mailing->name.data,
                                       .list = text_of("news"),
                                       .base_url = reader.base_url,
                                       .token = reader.token};
    enum outcome outcome = letter_files_write(context, &files, &rendered);
    letter_rendered_done(&rendered);
    return outcome;
}

enum outcome run_letter_look(struct context *context) {
    struct parts parts = {.letters = NULL};
    enum outcome outcome = context_settings(context, SETTINGS_TABLE);
    if (outcome == OUTCOME_DONE && context->settings.operator_database == NULL) {
        context_say("a letter is one of confirm, thanks, already, reminder, page; those to the "
                    "list are in the database, and operator_database is not set");
        return OUTCOME_WRONG;
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = find_parts(context, context->options.arguments[0], &parts);
    }
    if (outcome == OUTCOME_DONE && parts.mailing != NULL && parts.petition != NULL) {
        outcome = preview(context, &parts);
    }
    letters_free(&parts.letters);
    return outcome;
}

/* ---- to one mailbox ----------------------------------------------------------------------------
 */

static enum outcome send_to(struct context *context, const struct epoch *epoch,
                            const struct address *address) {
    uint8_t sealed[SEALER_MAX];
    const char *name = context->options.arguments[0];
    struct mailings_test test = {.name = text_of(name), .epoch = epoch_id(epoch), .sealed = sealed};
    const struct recipient who = {.email = text_of(address->mail),
                                  .given_name =
                                      text_of(options_find(&context->options, "--given-name")),
                                  .locale = text_of(options_find(&context->options, "--language"))};
    randombytes_buf(test.mailbox, sizeof test.mailbox);
    if (sealer_seal(epoch, &who, test.mailbox, sealed, &test.sealed_len) != ST_OK) {
        context_say("the name is too long");
        return OUTCOME_WRONG;
    }
    enum status status = mailings_test(context->pg, &test, soon());
    if (status == ST_NOT_FOUND) {
        return no_letter(name);
    }
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    output_printf(&context->out, "on its way\n");
    return OUTCOME_DONE;
}

enum outcome run_letter_test(struct context *context) {
    struct address address;
    struct epoch *epoch = NULL;
    const char *to = options_find(&context->options, "--to");
    if (address_parse(text_of(to), &address) != ST_OK) {
        context_say("--to is no address");
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_database(context);
    if (outcome == OUTCOME_DONE) {
        outcome = sealer_open(context, &epoch);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = send_to(context, epoch, &address);
    }
    epoch_free(&epoch);
    return outcome;
}
