#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <unistd.h>

#include "core/incoming.h"
#include "ctl/addresses.h"
#include "ctl/run.h"
#include "link/mail_parse.h"
#include "store/returned.h"

struct fields {
    struct arena *arena;
    struct incoming_field *items; /* MAIL_FIELDS_MAX of them */
    size_t count;
};

static void take_field(void *context, enum mail_place place, struct text name, struct text value) {
    static const enum incoming_place places[] = {[MAIL_HEADER] = INCOMING_HEADER,
                                                 [MAIL_REPORT] = INCOMING_REPORT,
                                                 [MAIL_ORIGINAL] = INCOMING_ORIGINAL};
    struct fields *fields = context;
    struct incoming_field field = {places[place], arena_copy(fields->arena, name),
                                   arena_copy(fields->arena, value)};
    if (field.name.data != NULL && field.value.data != NULL && fields->count < MAIL_FIELDS_MAX) {
        fields->items[fields->count++] = field;
    }
}

/* Keeps the first bytes and reads the rest too: a mail server whose pipe breaks sends again. */
static enum outcome read_message(struct buffer *out) {
    char chunk[16384];
    ssize_t n = 1;
    while (n != 0) {
        n = read(STDIN_FILENO, chunk, sizeof chunk);
        if (n < 0 && errno != EINTR) {
            context_say("standard input: %s", strerror(errno));
            return OUTCOME_AWAY;
        }
        size_t room = MAIL_BYTES_MAX - out->len, len = n > 0 ? (size_t)n : 0;
        buffer_add(out, chunk, len < room ? len : room);
    }
    explicit_bzero(chunk, sizeof chunk);
    if (out->failed) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

/* What the message means. Reads it whole before anything else can fail. */
static enum outcome read_incoming(struct context *context, struct incoming *out) {
    const char *recipient = options_find(&context->options, "--recipient");
    struct fields fields = {.arena = arena_new(64 * 1024, 4 << 20)};
    struct buffer message;
    buffer_init(&message, MAIL_BYTES_MAX);
    enum outcome outcome = read_message(&message);
    if (fields.arena != NULL) {
        fields.items = arena_alloc(fields.arena, MAIL_FIELDS_MAX * sizeof *fields.items);
    }
    if (outcome == OUTCOME_DONE && fields.items == NULL) {
        context_say("out of memory");
        outcome = OUTCOME_AWAY;
    }
    if (outcome == OUTCOME_DONE) {
        mail_parse(buffer_text(&message), take_field, &fields);
        *out = incoming_classify(text_of(recipient), fields.items, fields.count);
    }
    arena_free(&fields.arena);
    buffer_done(&message);
    return outcome;
}

/* --- what it does --- */

/* Kinds that are not here do nothing, and need no database. */
static const struct {
    bool acts;
    enum returned_what what;
} deeds[INCOMING_KINDS] = {
    [INCOMING_DSN_HARD] = {true, RETURNED_BOUNCE},
    [INCOMING_COMPLAINT] = {true, RETURNED_COMPLAINT},
    [INCOMING_UNSUBSCRIBE] = {true, RETURNED_UNSUBSCRIBE},
};

static const char *effect_name(const struct returned_effect *effect) {
    return !effect->known      ? "unknown"
           : effect->uncounted ? "uncounted"
           : effect->changed   ? "done"
                               : "again";
}

static enum outcome act(struct context *context, const struct incoming *incoming,
                        const char **effect) {
    struct returned_effect stored = {.known = false};
    if (!deeds[incoming->kind].acts || options_has(&context->options, "--dry-run")) {
        return OUTCOME_DONE;
    }
    if (incoming->has_key) {
        enum outcome outcome = context_mailer(context);
        if (outcome != OUTCOME_DONE) {
            return outcome;
        }
        enum status status = returned_store(context->pg, &incoming->key, deeds[incoming->kind].what,
                                            context_soon(), &stored);
        if (status != ST_OK) {
            return context_database_failed(context, status);
        }
    }
    *effect = effect_name(&stored);
    return OUTCOME_DONE;
}

/* `effect`: NULL for none. */
static void print(struct context *context, const struct incoming *incoming, const char *effect) {
    char key[VERP_KEY_TEXT + 1] = "";
    const char *kind = incoming_kind_name(incoming->kind);
    const char *status = *incoming->status != '\0' ? incoming->status : NULL;
    if (incoming->has_key) {
        verp_key_text(&incoming->key, key);
    }
    if (context->json) {
        output_json(&context->out,
                    json_pack("{s:s, s:s?, s:s?, s:s?}", "kind", kind, "letter",
                              incoming->has_key ? key : NULL, "status", status, "effect", effect));
    } else {
        output_printf(&context->out, "%s\t%s\t%s\t%s\n", kind, incoming->has_key ? key : "-",
                      status != NULL ? status : "-", effect != NULL ? effect : "-");
    }
}

enum outcome run_mail_receive(struct context *context) {
    struct incoming incoming;
    const char *effect = NULL;
    enum outcome outcome = read_incoming(context, &incoming);
    if (outcome == OUTCOME_DONE) {
        outcome = act(context, &incoming, &effect);
    }
    if (outcome == OUTCOME_DONE) {
        print(context, &incoming, effect);
    }
    return outcome;
}

/* --- a mark that was wrong --- */

static enum outcome allow(struct context *context, const struct addresses *addresses,
                          const struct blind_keys *keys, int64_t *marked) {
    uint8_t(*mailboxes)[BLIND_SIZE] = addresses_mailboxes(context, addresses, keys);
    if (mailboxes == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum status status =
        returned_allow(context->pg, mailboxes, addresses->count, context_soon(), marked);
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

enum outcome run_mail_allow(struct context *context) {
    struct addresses addresses;
    struct blind_keys *keys = NULL;
    int64_t marked = 0;
    enum outcome outcome =
        addresses_read(context, options_find(&context->options, "--email"), &addresses);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_index_keys(context, &keys);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = allow(context, &addresses, keys, &marked);
    }
    blind_keys_free(&keys);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:I}", "allowed", (json_int_t)marked));
    } else {
        output_printf(&context->out, "%" PRId64 " allowed\n", marked);
    }
    return marked > 0 ? OUTCOME_DONE : OUTCOME_NO;
}
