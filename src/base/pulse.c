#include "base/pulse.h"

/* Nobody else writes, so no addition has to be atomic. */
void pulse_busy(struct pulse *pulse) {
    atomic_store(&pulse->beats, (atomic_load(&pulse->beats) + 1) | 1);
}

void pulse_idle(struct pulse *pulse) {
    atomic_store(&pulse->beats, (atomic_load(&pulse->beats) | 1) + 1);
}

static void look_at(struct pulse *pulse) {
    unsigned beats = atomic_load(&pulse->beats);
    pulse->still = beats % 2 == 1 && beats == pulse->seen ? pulse->still + 1 : 0;
    pulse->seen = beats;
}

const struct pulse *pulse_look(struct pulse *pulses, size_t count) {
    const struct pulse *hangs = NULL;
    for (size_t i = 0; i < count; i++) {
        look_at(&pulses[i]);
        if (pulses[i].still >= PULSE_LOOKS && !hangs)
            hangs = &pulses[i];
    }
    return hangs;
}
