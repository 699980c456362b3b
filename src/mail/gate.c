#include "mail/gate.h"

#include "base/clock.h"

enum { DOWN_FIRST_MS = 500, DOWN_MAX_MS = 120000, STOPPED_MS = 300000, ROOM_MS = 10000 };

void gate_init(struct gate *gate) {
    atomic_store(&gate->state, FATES_FINE);
    atomic_store(&gate->resume_at_ms, 0);
    gate->failures = gate->room = 0;
}

static int64_t pause_ms(struct gate *gate, uint32_t random) {
    int64_t ms = DOWN_FIRST_MS;
    for (int i = 0; i < gate->failures && ms < DOWN_MAX_MS; i++)
        ms *= 2;
    ms = ms < DOWN_MAX_MS ? ms : DOWN_MAX_MS;
    return ms - ms / 4 + random % (ms / 2);
}

static bool is_open(const struct gate *gate) {
    return atomic_load(&gate->state) == FATES_FINE;
}

bool gate_tell(struct gate *gate, enum fates_server server, int others, uint32_t random) {
    int before = atomic_load(&gate->state);
    int64_t now_ms = clock_monotonic_ms();
    if (server == FATES_CROWDED && before == FATES_FINE && others > 0) {
        gate->room = others;
        gate->room_at_ms = now_ms + ROOM_MS;
        return false;
    }
    server = server == FATES_CROWDED ? FATES_DOWN : server;
    if (server == FATES_FINE) {
        gate->failures = 0;
    } else if (server != FATES_DOWN) {
        atomic_store(&gate->resume_at_ms, now_ms + STOPPED_MS);
    } else if (before == FATES_FINE || now_ms >= atomic_load(&gate->resume_at_ms)) {
        /* Several letters that fail at once are one failure. */
        atomic_store(&gate->resume_at_ms, now_ms + pause_ms(gate, random));
        gate->failures++;
    }
    /* A stopped server that is away as well stays stopped. */
    if (server == FATES_DOWN && before != FATES_FINE)
        return false;
    atomic_store(&gate->state, (int)server);
    return before != (int)server;
}

int gate_room(struct gate *gate, int most) {
    if (gate->room > 0 && clock_monotonic_ms() >= gate->room_at_ms) {
        gate->room = gate->room < most ? gate->room + 1 : 0;
        gate->room_at_ms += ROOM_MS;
    }
    return gate->room > 0 && gate->room < most ? gate->room : most;
}

int gate_allows(const struct gate *gate, int most) {
    if (is_open(gate))
        return most;
    return clock_monotonic_ms() >= atomic_load(&gate->resume_at_ms) ? 1 : 0;
}

const char *gate_word(enum fates_server state) {
    static const char *const words[] = {[FATES_FINE] = "open",
                                        [FATES_DOWN] = "down",
                                        [FATES_INSECURE] = "insecure",
                                        [FATES_LOGIN] = "login",
                                        [FATES_SENDER] = "sender"};
    return words[state];
}
