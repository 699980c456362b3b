#include "ctl/private_key.h"

#include <string.h>

#include "base/secret.h"

enum outcome private_key_read(struct context *context, struct keypair **pair) {
    const char *key = options_find(&context->options, "--key");
    const char *words = options_find(&context->options, "--passphrase-file");
    struct text file = {NULL, 0}, passphrase = {NULL, 0};
    if (words && strcmp(key, "-") == 0 && strcmp(words, "-") == 0) {
        context_say("standard input cannot be both the key and its passphrase");
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_secret(key, &file);
    if (outcome == OUTCOME_DONE) {
        outcome = context_secret(words, &passphrase);
    }
    if (outcome == OUTCOME_DONE) {
        enum status status = keypair_read(file, passphrase, pair);
        outcome = status == ST_OK ? OUTCOME_DONE : OUTCOME_WRONG;
        if (status == ST_FORBIDDEN) {
            context_say("%s: %s", context_path_name(key),
                        passphrase.data == NULL ? "has a passphrase; give --passphrase-file"
                                                : "the passphrase is not that of this key");
        } else if (status != ST_OK) {
            context_say("%s: not a private key as keygen writes it", context_path_name(key));
        }
    }
    secret_free(&file.data);
    secret_free(&passphrase.data);
    return outcome;
}
