/* Any bytes as a message to a return address: bounded, and a verdict comes out. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "core/incoming.h"
#include "link/mail_parse.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct fields {
    struct arena *arena;
    struct incoming_field items[MAIL_FIELDS_MAX];
    size_t count;
};

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void keep(void *context, enum mail_place place, struct text name, struct text value) {
    struct fields *fields = context;
    expect(fields->count < MAIL_FIELDS_MAX);
    expect(name.len <= MAIL_NAME_MAX && value.len <= MAIL_VALUE_MAX);
    fields->items[fields->count++] =
        (struct incoming_field){(enum incoming_place)place, arena_copy(fields->arena, name),
                                arena_copy(fields->arena, value)};
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct fields fields;
    if (!fields.arena) {
        fields.arena = arena_new(65536, 4 << 20);
    }
    fields.count = 0;
    mail_parse(text_span((const char *)data, size), keep, &fields);
    struct incoming incoming = incoming_classify(text_of(NULL), fields.items, fields.count);
    expect(incoming.kind < INCOMING_KINDS && strlen(incoming.status) <= INCOMING_STATUS_MAX);
    expect(!incoming.has_key || (incoming.key.bucket >= 0 && incoming.key.bucket <= 0xFFFF));
    arena_reset(fields.arena);
    return 0;
}
