/* A letter to the list before it is sent: as a file, and to one mailbox. */
#include <sodium.h>
#include <string.h>

#include "core/address.h"
#include "ctl/letter_files.h"
#include "ctl/mailing_parts.h"
#include "ctl/run.h"
#include "ctl/sealer.h"

static enum outcome no_letter(const char *name) {
    context_say("no letter %.64s, or its petition is a draft; `countersign letter status` lists "
                "them",
                name);
    return OUTCOME_NO;
}

/* --- preview --- */

static enum outcome preview(struct context *context, const struct mailing_parts *parts) {
    const char *words = options_find(&context->options, "--subject");
    unsigned long long subject = 1;
    struct letter_rendered rendered;
    if (words != NULL && (!text_to_u64(text_of(words), &subject) || subject == 0 ||
                          subject > parts->mailing->texts[0].subjects_count)) {
        context_say("--subject is a number from 1 to %zu", parts->mailing->texts[0].subjects_count);
        return OUTCOME_WRONG;
    }
    const struct mailing_reader reader = {
        .base_url = mailing_parts_base_url(context),
        .locale = text_of(options_find(&context->options, "--language")),
        .subject = (int)subject,
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
                                       .leave = reader.token};
    enum outcome outcome = letter_files_write(context, &files, &rendered);
    letter_rendered_done(&rendered);
    return outcome;
}

enum outcome run_letter_look(struct context *context) {
    const char *name = context->options.arguments[0];
    struct mailing_parts parts = {.letters = NULL};
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
        outcome = mailing_parts_open(context, &parts);
    }
    if (outcome == OUTCOME_DONE) {
        mailing_parts_find(&parts, name);
        outcome = parts.petition == NULL ? no_letter(name) : preview(context, &parts);
    }
    mailing_parts_done(&parts);
    return outcome;
}

/* --- to one mailbox --- */

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
    enum status status = mailings_test(context->pg, &test, context_soon());
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
