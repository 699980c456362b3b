/* Any bytes as a configuration file, a file of keys or of recipients. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/secret.h"
#include "core/seal.h"
#include "core/settings.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check_file(const uint8_t *data, size_t size, struct arena *arena) {
    char path[64];
    struct settings settings;
    struct config_error error;
    int fd = memfd_create("fuzz", 0);
    expect(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (settings_load(path, SETTINGS_TABLE, arena, &settings, &error) != ST_OK) {
        expect(strlen(error.message) > 0 && strlen(error.message) < sizeof error.message);
        expect(!strchr(error.message, '\n'));
    }
    close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct text text = text_span((const char *)data, size);
    struct blind_keys *keys = NULL;
    struct recipients recipients;
    size_t line;
    if (!arena) {
        expect(secret_start() == ST_OK);
        arena = arena_new(65536, 1 << 20);
    }
    check_file(data, size, arena);
    if (blind_keys_parse(text, &keys, &line) == ST_OK) {
        expect(blind_keys_newest(keys) > 0);
        blind_keys_free(&keys);
    }
    if (recipients_parse(text, &recipients, &line) == ST_OK) {
        expect(recipients.count > 0 && recipients_key_usable(recipients.keys[0]));
    }
    arena_reset(arena);
    return 0;
}
