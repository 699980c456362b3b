#include "ctl/sealer.h"

#include <string.h>

#include "base/encode.h"
#include "store/epochs.h"

enum { FILE_MAX = 64 * 1024 };

static enum outcome read_key(struct context *context, struct recipients *out) {
    const char *path = context->settings.mailing_public_key_file;
    struct buffer file;
    size_t line = 0;
    if (path == NULL) {
        context_say("mailing_public_key_file is missing: add the line "
                    "`mailing_public_key_file = ...`, as workers have it");
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = recipients_parse(buffer_text(&file), out, &line);
    buffer_done(&file);
    if (status != ST_OK) {
        context_say("%s:%zu: not a public key of the mailers", path, line);
        return OUTCOME_WRONG;
    }
    return OUTCOME_DONE;
}

static enum outcome store(struct context *context, const struct recipients *recipients,
                          struct epoch **out) {
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct epoch *epoch = NULL;
    if (epoch_new(SEAL_SUBSCRIBER, recipients, &epoch, boxes) != ST_OK) {
        context_say("nothing can be sealed to the key in mailing_public_key_file");
        return OUTCOME_WRONG;
    }
    const struct epochs_row row = {epoch_id(epoch), SEAL_SUBSCRIBER, recipients, boxes};
    enum status status = epochs_add(context->pg, &row, context_soon());
    if (status != ST_OK) {
        epoch_free(&epoch);
        return context_database_failed(context, status);
    }
    *out = epoch;
    return OUTCOME_DONE;
}

enum outcome sealer_key(struct context *context, const uint8_t key[SEAL_EPOCH_KEY],
                        char out[SEALER_KEY_TEXT + 1]) {
    struct recipients recipients = {0};
    uint8_t box[SEAL_EPOCH_BOX];
    enum outcome outcome = read_key(context, &recipients);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (seal_one_key(key, &recipients, box) != ST_OK) {
        context_say("nothing can be sealed to the key in mailing_public_key_file");
        return OUTCOME_WRONG;
    }
    encode_base64(out, box, sizeof box);
    return OUTCOME_DONE;
}

enum outcome sealer_open(struct context *context, struct epoch **out) {
    struct recipients recipients = {0};
    enum outcome outcome = read_key(context, &recipients);
    return outcome == OUTCOME_DONE ? store(context, &recipients, out) : outcome;
}

enum status sealer_seal(const struct epoch *epoch, const struct recipient *who,
                        const uint8_t mailbox[BLIND_SIZE], uint8_t *out, size_t *len) {
    const struct seal_context context = {0, mailbox};
    uint8_t plain[ENVELOPE_MAX];
    size_t plain_len = 0;
    enum status status = envelope_put_recipient(who, plain, &plain_len);
    if (status == ST_OK) {
        status = seal_row(epoch, &context, plain, plain_len, out);
        *len = plain_len + SEAL_OVERHEAD;
    }
    explicit_bzero(plain, sizeof plain);
    return status;
}
