#include "serve/outage.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_MIN_MS = 1000, PAUSE_MAX_MS = 60 * 1000, CALM_MS = 2 * PAUSE_MAX_MS };

void outage_init(struct outage *outage) {
    *outage = (struct outage){.away = true, .pause_ms = PAUSE_MIN_MS};
    pthread_mutex_init(&outage->lock, NULL);
}

void outage_done(struct outage *outage) {
    pthread_mutex_destroy(&outage->lock);
}

static bool is_news(struct outage *outage, const char *code, int64_t now_ms) {
    if (outage->failed_at_ms && now_ms - outage->failed_at_ms > CALM_MS)
        outage->pause_ms = PAUSE_MIN_MS;
    outage->failed_at_ms = now_ms;
    return !(outage->away && strcmp(outage->code, code) == 0) && now_ms >= outage->quiet_until_ms;
}

bool outage_begins(struct outage *outage, const char *code, int64_t now_ms) {
    pthread_mutex_lock(&outage->lock);
    bool news = is_news(outage, code, now_ms);
    if (news) {
        outage->away = true;
        snprintf(outage->code, sizeof outage->code, "%s", code);
        outage->quiet_until_ms = now_ms + outage->pause_ms;
        if (outage->pause_ms < PAUSE_MAX_MS / 2)
            outage->pause_ms *= 2;
        else
            outage->pause_ms = PAUSE_MAX_MS;
    }
    pthread_mutex_unlock(&outage->lock);
    return news;
}

bool outage_ends(struct outage *outage) {
    pthread_mutex_lock(&outage->lock);
    bool news = outage->away;
    outage->away = false;
    pthread_mutex_unlock(&outage->lock);
    return news;
}
