#include <string.h>

#include "link/pg.h"

/* "5432,5433"; an empty one is the default. */
static bool ports_are_good(struct text ports) {
    while (ports.data) {
        struct text port = text_trim(text_cut(&ports, ','));
        unsigned long long number = 1;

        if ((port.len > 0 && !text_to_u64(port, &number)) || number < 1 || number > 65535)
            return false;
    }
    return true;
}

bool pg_conninfo_is_good(const char *conninfo) {
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    bool good = parsed != NULL;

    for (const PQconninfoOption *option = parsed; good && option->keyword; option++) {
        if (strcmp(option->keyword, "port") == 0)
            good = ports_are_good(text_of(option->val));
    }
    PQconninfoFree(parsed);
    return good;
}

size_t pg_conninfo_count(const char *conninfo, const char *keyword) {
    PQconninfoOption *parsed = PQconninfoParse(conninfo, NULL);
    size_t count = 0;

    for (const PQconninfoOption *option = parsed; option && option->keyword; option++) {
        if (!option->val || strcmp(option->keyword, keyword) != 0)
            continue;
        count = 1;
        for (const char *c = option->val; *c; c++)
            count += *c == ',';
    }
    PQconninfoFree(parsed);
    return count;
}
