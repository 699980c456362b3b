/* Any bytes as an address: what is taken is plain ASCII, and its key is its own key. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "core/address.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check_mailbox(const char *address) {
    const char *at = strchr(address, '@');
    size_t len = strlen(address);
    expect(len <= ADDRESS_MAX && at && at > address && at - address <= 64 && !strchr(at + 1, '@'));
    expect(strchr(at, '.') && address[len - 1] != '.');
    for (const char *c = address; *c; c++) {
        expect(*c > ' ' && *c < 0x7F && !strchr("<>()[]\\,;:\"%!", *c));
    }
}

static void check(const struct address *address) {
    struct address again;
    check_mailbox(address->mail);
    check_mailbox(address->canonical);
    expect(address_parse(text_of(address->canonical), &again) == ST_OK);
    expect(strcmp(again.canonical, address->canonical) == 0);
    expect(address_parse(text_of(address->mail), &again) == ST_OK);
    expect(strcmp(again.canonical, address->canonical) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct address address;
    struct blocklist *list = NULL;
    size_t line;
    struct text text = text_span((const char *)data, size);
    if (address_parse(text, &address) == ST_OK) {
        check(&address);
    }
    if (blocklist_parse(text, &list, &line) == ST_OK) {
        blocklist_free(&list);
    }
    return 0;
}
