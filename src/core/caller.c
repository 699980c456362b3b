#include "core/caller.h"

#include <arpa/inet.h>
#include <string.h>

static void set_level(struct caller_prefix *level, const uint8_t *address, size_t bits) {
    level->bytes[0] = (uint8_t)bits;
    memcpy(level->bytes + 1, address, bits / 8);
    level->len = 1 + bits / 8;
}

static void set_v4(struct caller *out, const uint8_t *address) {
    *out = (struct caller){.count = 1};
    set_level(&out->levels[0], address, 32);
}

static void set_v6(struct caller *out, const uint8_t *address) {
    static const uint8_t mapped[12] = {[10] = 0xFF, [11] = 0xFF};
    if (memcmp(address, mapped, sizeof mapped) == 0) {
        set_v4(out, address + sizeof mapped);
        return;
    }
    *out = (struct caller){.count = CALLER_LEVELS};
    set_level(&out->levels[0], address, 64);
    set_level(&out->levels[1], address, 56);
    set_level(&out->levels[2], address, 48);
}

bool caller_parse(struct text remote_addr, struct caller *out) {
    char string[INET6_ADDRSTRLEN];
    uint8_t address[16];
    if (remote_addr.len == 0 || remote_addr.len >= sizeof string ||
        memchr(remote_addr.data, '\0', remote_addr.len)) {
        return false;
    }
    memcpy(string, remote_addr.data, remote_addr.len);
    string[remote_addr.len] = '\0';
    if (inet_pton(AF_INET, string, address) == 1) {
        set_v4(out, address);
        return true;
    }
    if (inet_pton(AF_INET6, string, address) == 1) {
        set_v6(out, address);
        return true;
    }
    return false;
}
