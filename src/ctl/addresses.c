#include "ctl/addresses.h"

enum { FILE_MAX = 1 << 20 };

static enum outcome parse_lines(struct text file, const char *name, struct addresses *out) {
    enum outcome outcome = OUTCOME_DONE;
    for (size_t line = 1; file.data != NULL; line++) {
        struct text typed = text_trim(text_cut(&file, '\n'));
        if (typed.len == 0 || typed.data[0] == '#') {
            continue;
        }
        if (out->count == ADDRESSES_MAX) {
            context_say("%s: more than %d addresses", name, ADDRESSES_MAX);
            return OUTCOME_WRONG;
        }
        if (address_parse(typed, &out->items[out->count]) == ST_OK) {
            out->count++;
        } else {
            context_say("%s:%zu: not an address", name, line);
            outcome = OUTCOME_WRONG;
        }
    }
    if (outcome == OUTCOME_DONE && out->count == 0) {
        context_say("%s: no address in it", name);
        return OUTCOME_WRONG;
    }
    return outcome;
}

enum outcome addresses_read(struct context *context, const char *path, struct addresses *out) {
    struct buffer file;
    out->items = arena_alloc(context->arena, ADDRESSES_MAX * sizeof *out->items);
    out->count = 0;
    if (out->items == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome == OUTCOME_DONE) {
        outcome = parse_lines(buffer_text(&file), context_path_name(path), out);
        buffer_done(&file);
    }
    return outcome;
}

uint8_t (*addresses_mailboxes(struct context *context, const struct addresses *addresses,
                              const struct blind_keys *keys))[BLIND_SIZE] {
    uint8_t(*mailboxes)[BLIND_SIZE] =
        arena_alloc(context->arena, addresses->count * sizeof *mailboxes);
    for (size_t i = 0; mailboxes != NULL && i < addresses->count; i++) {
        blind_mailbox(keys, addresses->items[i].canonical, mailboxes[i]);
    }
    return mailboxes;
}
