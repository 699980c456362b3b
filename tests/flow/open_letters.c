/* Opens letters for tests: open_letters KEY_FILE [subscriber] <rows >tokens
 *
 * A row is `PETITION SLUG EMAIL_HASH EPOCH EPOCH_KEY KIND SEALED`, bytes in hex, one space between.
 * What comes out is a line of JSON each: {"petition", "address", "kind", "token", "own_key",
 * "wording", "given_name"}, the last in hex. Of subscribers petition is 0 and the hash the
 * mailbox's. */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/envelope.h"
#include "core/unseal.h"

enum { LINE_MAX_BYTES = 65536, KEY_FILE_MAX = 4096, WORDS = 7 };

struct row {
    int32_t petition;
    int64_t epoch;
    struct text slug, kind;
    uint8_t email_hash[BLIND_SIZE], epoch_box[SEAL_EPOCH_BOX], sealed[ENVELOPE_MAX + SEAL_OVERHEAD];
    size_t sealed_len;
};

static struct keypair *read_key(const char *path) {
    char data[KEY_FILE_MAX];
    struct keypair *pair = NULL;
    FILE *file = fopen(path, "r");
    size_t len = file ? fread(data, 1, sizeof data, file) : 0;
    if (!file || keypair_read(text_span(data, len), text_of(NULL), &pair) != ST_OK) {
        fprintf(stderr, "open_letters: cannot read the key\n");
        exit(2);
    }
    fclose(file);
    return pair;
}

static bool decode(struct text hex, uint8_t *out, size_t len) {
    size_t found = 0;
    return hex.len == 2 * len &&
           sodium_hex2bin(out, len, hex.data, hex.len, NULL, &found, NULL) == 0 && found == len;
}

static bool parse(struct text line, struct row *row) {
    struct text words[WORDS];
    unsigned long long petition, epoch;
    for (size_t i = 0; i < WORDS; i++)
        words[i] = text_cut(&line, ' ');
    if (!words[WORDS - 1].data || line.data || !text_to_u64(words[0], &petition) ||
        !text_to_u64(words[3], &epoch))
        return false;
    row->petition = (int32_t)petition;
    row->epoch = (int64_t)epoch;
    row->slug = words[1];
    row->kind = words[5];
    row->sealed_len = words[6].len / 2;
    return row->sealed_len > SEAL_OVERHEAD && row->sealed_len <= sizeof row->sealed &&
           decode(words[2], row->email_hash, sizeof row->email_hash) &&
           decode(words[4], row->epoch_box, sizeof row->epoch_box) &&
           decode(words[6], row->sealed, row->sealed_len);
}

/* Neither an address that we take nor a token holds a character that JSON would escape. */
static bool print(const struct keypair *pair, enum seal_purpose purpose, const struct row *row) {
    uint8_t plain[ENVELOPE_MAX];
    static char name[2 * ENVELOPE_MAX + 1];
    struct opened_epoch *epoch = NULL;
    struct recipient recipient;
    struct seal_context context = {row->petition, row->email_hash};
    bool good = unseal_epoch(pair, purpose, row->epoch, row->epoch_box, &epoch) == ST_OK &&
                unseal_row(epoch, &context, row->sealed, row->sealed_len, plain) == ST_OK &&
                envelope_get_recipient(plain, row->sealed_len - SEAL_OVERHEAD, &recipient) == ST_OK;
    if (good)
        sodium_bin2hex(name, sizeof name, (const uint8_t *)recipient.given_name.data,
                       recipient.given_name.len);
    if (good)
        printf("{\"petition\":\"%.*s\",\"address\":\"%.*s\",\"kind\":%.*s,\"token\":\"%.*s\","
               "\"own_key\":\"%.*s\",\"wording\":%" PRId64 ",\"given_name\":\"%s\"}\n",
               (int)row->slug.len, row->slug.data, (int)recipient.email.len, recipient.email.data,
               (int)row->kind.len, row->kind.data, (int)recipient.token.len, recipient.token.data,
               (int)recipient.own_key.len, recipient.own_key.data, recipient.wording, name);
    opened_epoch_free(&epoch);
    return good;
}

int main(int argc, char **argv) {
    static char line[LINE_MAX_BYTES];
    static struct row row;
    int answer = 0;
    bool subscribers = argc == 3 && strcmp(argv[2], "subscriber") == 0;
    if ((argc != 2 && !subscribers) || sodium_init() < 0) {
        fprintf(stderr, "open_letters KEY_FILE [subscriber] <rows\n");
        return 2;
    }
    struct keypair *pair = read_key(argv[1]);
    while (fgets(line, sizeof line, stdin)) {
        size_t len = strcspn(line, "\n");
        if (!parse(text_span(line, len), &row) ||
            !print(pair, subscribers ? SEAL_SUBSCRIBER : SEAL_LETTER, &row)) {
            fprintf(stderr, "open_letters: a letter cannot be opened\n");
            answer = 1;
        }
    }
    keypair_free(&pair);
    return answer;
}
