#include "ctl/mailing_watch.h"

#include <string.h>

enum { PAUSE_MS = 500, PAUSE_MAX_MS = 2000, SHARE = 10 };

int64_t mailing_watch_pause_ms(int64_t took_ms) {
    int64_t pause_ms = took_ms * SHARE;
    return pause_ms < PAUSE_MS ? PAUSE_MS : pause_ms > PAUSE_MAX_MS ? PAUSE_MAX_MS : pause_ms;
}

void mailing_watch_bar(int64_t left, int64_t audience, char out[MAILING_WATCH_BAR + 1]) {
    size_t filled = audience > 0 ? (size_t)((audience - left) * MAILING_WATCH_BAR / audience) : 0;
    memset(out, '#', filled);
    memset(out + filled, '.', MAILING_WATCH_BAR - filled);
    out[MAILING_WATCH_BAR] = '\0';
}
