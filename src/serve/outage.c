#include "serve/outage.h"

#include <stdio.h>
#include <string.h>

enum { PAUSE_MIN_MS = 1000, PAUSE_MAX_MS = 60 * 1000, CALM_MS = 2 * PAUSE_MAX_MS };

void outage_init(struct outage *outage) {
    *outage = (struct outage){.away = true, .told_at_ms = -PAUSE_MIN_MS};
    pthread_mutex_init(&outage->lock, NULL);
}

void outage_done(struct outage *outage) {
    pthread_mutex_destroy(&outage->lock);
}

/* The place of the one that failed longest ago is taken for a new one. */
static struct outage_reason *find_or_take(struct outage *outage, const char *code) {
    struct outage_reason *oldest = &outage->reasons[0];
    for (size_t i = 0; i < OUTAGE_REASONS; i++) {
        struct outage_reason *reason = &outage->reasons[i];
        if (strncmp(reason->code, code, OUTAGE_CODE - 1) == 0)
            return reason;
        if (reason->failed_at_ms < oldest->failed_at_ms)
            oldest = reason;
    }
    if (outage->told == oldest)
        outage->told = NULL;
    *oldest = (struct outage_reason){.quiet_until_ms = INT64_MIN};
    snprintf(oldest->code, sizeof oldest->code, "%s", code);
    return oldest;
}

static bool is_news(struct outage *outage, struct outage_reason *reason, int64_t now_ms) {
    if (now_ms - reason->failed_at_ms > CALM_MS || reason->pause_ms == 0)
        reason->pause_ms = PAUSE_MIN_MS;
    reason->failed_at_ms = now_ms;
    return !(outage->away && outage->told == reason) && now_ms >= reason->quiet_until_ms &&
           now_ms >= outage->told_at_ms + PAUSE_MIN_MS;
}

bool outage_begins(struct outage *outage, const char *code, int64_t now_ms) {
    pthread_mutex_lock(&outage->lock);
    struct outage_reason *reason = find_or_take(outage, code);
    bool news = is_news(outage, reason, now_ms);
    if (news) {
        outage->away = true;
        outage->told = reason;
        outage->told_at_ms = now_ms;
        reason->quiet_until_ms = now_ms + reason->pause_ms;
        if (reason->pause_ms < PAUSE_MAX_MS / 2)
            reason->pause_ms *= 2;
        else
            reason->pause_ms = PAUSE_MAX_MS;
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
