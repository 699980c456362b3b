#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "core/incoming.h"
#include "ctl/run.h"
#include "link/mail_parse.h"

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

static void print(struct context *context, const struct incoming *incoming) {
    char key[VERP_KEY_TEXT + 1] = "";
    const char *kind = incoming_kind_name(incoming->kind);
    if (incoming->has_key) {
        verp_key_text(&incoming->key, key);
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:s, s:s?, s:s?}", "kind", kind, "letter",
                                             incoming->has_key ? key : NULL, "status",
                                             *incoming->status != '\0' ? incoming->status : NULL));
    } else {
        output_printf(&context->out, "%s\t%s\t%s\n", kind, incoming->has_key ? key : "-",
                      *incoming->status != '\0' ? incoming->status : "-");
    }
}

enum outcome run_mail_receive(struct context *context) {
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
        struct incoming incoming =
            incoming_classify(text_of(recipient), fields.items, fields.count);
        print(context, &incoming);
    }
    arena_free(&fields.arena);
    buffer_done(&message);
    return outcome;
}
