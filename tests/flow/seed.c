/* seed CONFIG SLUG: seals and stores signers as a worker does, from lines of JSON on standard
 * input.
 *
 * Nothing is checked but the address, so that tests can store what no form would take. Members as
 * in POST signatures. Prints each token. */
#include <jansson.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/secret.h"
#include "core/address.h"
#include "core/envelope.h"
#include "core/settings.h"
#include "store/epochs.h"
#include "store/moderation.h"
#include "store/writes.h"

enum { BATCH = 250, PATIENCE_MS = 30000 };

struct person {
    struct sign_row row;
    uint8_t sealed[ENVELOPE_MAX + SEAL_OVERHEAD], letter[ENVELOPE_MAX + SEAL_OVERHEAD];
    char country[8], region[16], name[512], place[512], comment[4096];
};

struct seed {
    struct arena *arena;
    struct settings settings;
    struct moderation_petition petition;
    struct blind_keys *keys;
    struct epoch *signer, *mailer;
    struct pg *pg;
    struct writes *writes;
    struct person *people;
    size_t count;
};

_Noreturn static void die(const char *what) {
    fprintf(stderr, "seed: %s\n", what);
    exit(1);
}

static int64_t soon(void) {
    return clock_monotonic_ms() + PATIENCE_MS;
}

static struct text read_secret(const char *path) {
    struct text text;
    if (secret_read_file(path, 65536, &text) != ST_OK) {
        die(path);
    }
    return text;
}

static struct pg *connect_to(const char *conninfo) {
    struct pg_options options = {
        .conninfo = conninfo, .application_name = "seed", .connect_timeout_ms = 5000};
    struct pg *pg = pg_new(&options);
    if (pg == NULL || pg_connect(pg, true, soon()) != ST_OK) {
        die(pg == NULL ? "memory" : pg_message(pg));
    }
    return pg;
}

static struct epoch *make_epoch(struct seed *seed, enum seal_purpose purpose, const char *path) {
    struct recipients recipients;
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct epoch *epoch = NULL;
    size_t line;
    if (recipients_parse(read_secret(path), &recipients, &line) != ST_OK ||
        epoch_new(purpose, &recipients, &epoch, boxes) != ST_OK ||
        epochs_add(seed->pg, &(struct epochs_row){epoch_id(epoch), purpose, &recipients, boxes},
                   soon()) != ST_OK) {
        die("no epoch");
    }
    return epoch;
}

static void start(struct seed *seed, const char *config, const char *slug) {
    struct config_error error;
    size_t line;
    seed->arena = arena_new(65536, 1 << 20);
    if (settings_load(config, SETTINGS_WORKER, seed->arena, &seed->settings, &error) != ST_OK) {
        die(error.message);
    }
    struct pg *operator= connect_to(seed->settings.operator_database);
    if (moderation_petition(operator, text_of(slug), soon(), &seed->petition) != ST_OK) {
        die("no such petition");
    }
    pg_free(&operator);
    if (blind_keys_parse(read_secret(seed->settings.index_key_file), &seed->keys, &line) != ST_OK) {
        die("index keys");
    }
    seed->pg = connect_to(seed->settings.database);
    seed->signer = make_epoch(seed, SEAL_SIGNER, seed->settings.public_keys_file);
    seed->mailer = make_epoch(seed, SEAL_LETTER, seed->settings.mailing_public_key_file);
    seed->writes = writes_new(seed->pg, (int)seed->settings.slot, 5);
    seed->people = calloc(BATCH, sizeof *seed->people);
    if (seed->writes == NULL || seed->people == NULL) {
        die("memory");
    }
}

static struct text member(const json_t *json, const char *name) {
    const json_t *value = json_object_get(json, name);
    return json_is_string(value) ? text_span(json_string_value(value), json_string_length(value))
                                 : text_of(NULL);
}

static void read_signer(const json_t *json, struct signer *out) {
    *out = (struct signer){
        .email = member(json, "email"),
        .given_name = member(json, "given_name"),
        .family_name = member(json, "family_name"),
        .country = member(json, "country"),
        .region = member(json, "region"),
        .locality = member(json, "locality"),
        .postal_code = member(json, "postal_code"),
        .comment = member(json, "comment"),
        .source = member(json, "source"),
        .referrer = member(json, "referrer"),
        .locale = member(json, "locale"),
        .show_name = json_is_true(json_object_get(json, "show_name")),
        .subscribe = json_is_true(json_object_get(json, "subscribe")),
        .text_version = json_integer_value(json_object_get(json, "text_version")),
    };
}

static struct text keep(char *storage, size_t size, struct text text) {
    snprintf(storage, size, "%.*s", (int)text.len, text.data != NULL ? text.data : "");
    return text.len == 0 ? text_of(NULL) : text_of(storage);
}

static void seal(const struct epoch *epoch, const struct seal_context *context,
                 const uint8_t *plain, struct sealed *out, uint8_t *storage) {
    if (seal_row(epoch, context, plain, out->len, storage) != ST_OK) {
        die("not sealed");
    }
    *out = (struct sealed){epoch_id(epoch), storage, out->len + SEAL_OVERHEAD};
}

static void seal_all(struct seed *seed, struct person *person, const struct signer *signer) {
    static uint8_t plain[ENVELOPE_MAX];
    char token[TOKEN_TEXT + 1];
    struct sign_row *row = &person->row;
    struct seal_context context = {seed->petition.id, row->email_hash};
    if (envelope_put_signer(signer, plain, &row->sealed.len) != ST_OK) {
        die("envelope");
    }
    seal(seed->signer, &context, plain, &row->sealed, person->sealed);
    token_new(token, &row->letter.token, clock_unix_ms());
    struct recipient recipient = {.email = signer->email,
                                  .given_name = signer->given_name,
                                  .family_name = signer->family_name,
                                  .locale = signer->locale,
                                  .token = text_of(token)};
    if (envelope_put_recipient(&recipient, plain, &row->letter.sealed.len) != ST_OK) {
        die("envelope");
    }
    seal(seed->mailer, &context, plain, &row->letter.sealed, person->letter);
    puts(token);
}

static void take(struct seed *seed, const json_t *json) {
    struct person *person = &seed->people[seed->count++];
    struct sign_row *row = &person->row;
    struct signer signer;
    struct address address;
    read_signer(json, &signer);
    *row = (struct sign_row){.petition = seed->petition.id, .index_key = seed->petition.index_key};
    if (address_parse(signer.email, &address) != ST_OK) {
        die("an address is none");
    }
    blind_email(seed->keys, row->index_key, row->petition, address.canonical, row->email_hash);
    blind_mailbox(seed->keys, address.canonical, row->letter.mailbox);
    row->letter.mailable = true;
    randombytes_buf(row->request_id, sizeof row->request_id);
    row->country = keep(person->country, sizeof person->country, signer.country);
    row->region = keep(person->region, sizeof person->region, signer.region);
    if (signer.show_name) {
        row->shown_name = keep(person->name, sizeof person->name, signer.given_name);
        row->shown_place = keep(person->place, sizeof person->place, signer.locality);
        row->shown_comment = keep(person->comment, sizeof person->comment, signer.comment);
    }
    seal_all(seed, person, &signer);
}

static void store(struct seed *seed) {
    struct sign_row *rows[BATCH];
    for (size_t i = 0; i < seed->count; i++) {
        rows[i] = &seed->people[i].row;
    }
    if (seed->count > 0 && writes_sign(seed->writes, rows, seed->count, soon()) != ST_OK) {
        die(pg_message(seed->pg));
    }
    for (size_t i = 0; i < seed->count; i++) {
        if (rows[i]->fate != FATE_ACCEPTED) {
            die("a signature was not accepted; is the petition open?");
        }
    }
    seed->count = 0;
}

int main(int argc, char **argv) {
    static struct seed seed;
    char *line = NULL;
    size_t size = 0;
    ssize_t len;
    if (argc != 3 || secret_start() != ST_OK) {
        die("usage: seed CONFIG SLUG <people.jsonl");
    }
    start(&seed, argv[1], argv[2]);
    while ((len = getline(&line, &size, stdin)) > 0) {
        json_t *json = json_loadb(line, (size_t)len, 0, NULL);
        if (json == NULL) {
            die("a line is no JSON");
        }
        take(&seed, json);
        json_decref(json);
        if (seed.count == BATCH) {
            store(&seed);
        }
    }
    store(&seed);
    free(line);
    free(seed.people);
    writes_free(&seed.writes);
    pg_free(&seed.pg);
    epoch_free(&seed.signer);
    epoch_free(&seed.mailer);
    blind_keys_free(&seed.keys);
    arena_free(&seed.arena);
    return 0;
}
