#include "serve/builder.h"

#include "base/clock.h"
#include "base/log.h"
#include "store/catalog.h"

enum { PROVIDERS = 10 };

static void set_rules(struct limit_rules *rules, const struct settings *settings) {
    const int64_t hour_us = 3600LL * 1000000, minute_us = 60LL * 1000000;
    int64_t burst = settings->limit_signing_burst;
    int64_t interval = hour_us / settings->limit_signing_per_hour;
    long petition = settings->limit_petition_per_hour;
    rules->rules[LIMIT_SIGNING] = (struct gcra_rule){interval, burst};
    rules->rules[LIMIT_SIGNING_56] = (struct gcra_rule){interval / 4, burst * 4};
    rules->rules[LIMIT_SIGNING_48] = (struct gcra_rule){interval / 16, burst * 16};
    rules->rules[LIMIT_PETITION] =
        petition ? (struct gcra_rule){hour_us / petition, petition} : (struct gcra_rule){0, 1};
    rules->rules[LIMIT_TOKENS] = (struct gcra_rule){minute_us / settings->limit_tokens_per_minute,
                                                    settings->limit_tokens_per_minute};
    /* As often, and apart: who shares an address with many readers still confirms. */
    rules->rules[LIMIT_OPENINGS] = rules->rules[LIMIT_TOKENS];
    /* One click is often the mail provider's call, from few addresses for all of its users, and
     * none of them would learn that it was refused. */
    rules->rules[LIMIT_UNSUBSCRIBING] =
        (struct gcra_rule){minute_us / (settings->limit_tokens_per_minute * PROVIDERS),
                           settings->limit_tokens_per_minute * PROVIDERS};
}

/* base_url is an origin itself; the others were counted when they were read. */
static void set_origins(struct snapshot *snapshot, const struct settings *settings) {
    snapshot->own_origins[snapshot->own_origins_count++] = text_of(settings->base_url);
    struct text rest = text_of(settings->origins);
    while (rest.data) {
        struct text origin = text_trim(text_cut(&rest, ' '));
        if (origin.len)
            snapshot->own_origins[snapshot->own_origins_count++] = origin;
    }
}

static void tell_unusable(const char *path, size_t line) {
    log_event(LOG_ERROR, "blocked_addresses_file_unusable", LOG_STR("path", path),
              LOG_INT("line", line),
              LOG_STR("do", "give lines of an address, or of @ and a domain"));
}

static struct snapshot *from_settings(const struct settings *settings) {
    struct snapshot *snapshot = snapshot_new();
    struct settings *own = snapshot ? arena_alloc(snapshot->arena, sizeof *own) : NULL;
    if (!own || settings_copy(settings, snapshot->arena, own) != ST_OK) {
        snapshot_free(snapshot);
        return NULL;
    }
    snapshot->settings = own;
    set_rules(&snapshot->rules, own);
    set_origins(snapshot, own);
    return snapshot;
}

enum status builder_first(const struct settings *settings, struct snapshot **out) {
    struct snapshot *snapshot = from_settings(settings);
    const char *path = settings->blocked_addresses_file;
    size_t line = 0;
    if (!snapshot)
        return ST_FAULT;
    if (blocklist_read(path, settings->mail_from, &snapshot->blocklist, &line) != ST_OK) {
        tell_unusable(path, line);
        snapshot_free(snapshot);
        return ST_INVALID;
    }
    *out = snapshot;
    return ST_OK;
}

/* Petitions and keys must not stay as they were because of a slip in this file. */
static void take_blocklist(struct worker *worker, struct snapshot *snapshot) {
    const char *path = snapshot->settings->blocked_addresses_file;
    size_t line = 0;
    bool good =
        blocklist_read(path, snapshot->settings->mail_from, &snapshot->blocklist, &line) == ST_OK;
    if (!good) {
        struct snapshot *before = snapshot_take(worker->snapshots);
        snapshot->blocklist = blocklist_keep(before->blocklist);
        snapshot_release(worker->snapshots, before);
    }
    if (!good && !worker->blocklist_told)
        tell_unusable(path, line);
    worker->blocklist_told = !good;
}

static enum status load_epochs(struct worker *worker, struct snapshot *snapshot,
                               const struct builder_sources *from) {
    struct keyring_want want = {.life_ms = snapshot->settings->epoch_s * 1000};
    snapshot->signer_epochs = arena_alloc(snapshot->arena, (snapshot->petitions_count + 1) *
                                                               sizeof(struct keyring_epoch *));
    if (!snapshot->signer_epochs)
        return ST_FAULT;
    for (size_t i = 0; i < snapshot->petitions_count; i++) {
        const struct petition *petition = &snapshot->petitions[i];
        want.purpose = SEAL_SIGNER;
        want.recipients = petition->recipients.count ? &petition->recipients : &worker->recipients;
        if (petition->state != PETITION_WITHDRAWN) /* what was signed may be corrected */
            snapshot->signer_epochs[i] =
                keyring_get(from->keyring, from->pg, &want, from->deadline_ms);
    }
    want.purpose = SEAL_LETTER;
    want.recipients = &worker->mailing_recipients;
    snapshot->letter_epoch = keyring_get(from->keyring, from->pg, &want, from->deadline_ms);
    want.purpose = SEAL_SUBSCRIBER;
    snapshot->subscriber_epoch = keyring_get(from->keyring, from->pg, &want, from->deadline_ms);
    if (!snapshot->letter_epoch || !snapshot->subscriber_epoch)
        return ST_UNAVAILABLE;
    keyring_tidy(from->keyring);
    return ST_OK;
}

static enum status load_catalog(struct snapshot *snapshot, const struct builder_sources *from) {
    struct catalog catalog;
    enum status status = catalog_load(from->pg, from->deadline_ms, snapshot->arena, &catalog);
    if (status == ST_OK) {
        snapshot->petitions = catalog.petitions;
        snapshot->petitions_count = catalog.count;
        snapshot->clock_offset_ms = catalog.now_ms - clock_monotonic_ms();
        status = mailings_load(from->pg, from->deadline_ms, snapshot->arena, &snapshot->mailings);
    }
    return status;
}

enum status builder_load(struct worker *worker, const struct settings *settings,
                         const struct builder_sources *from, struct snapshot **out) {
    struct snapshot *snapshot = from_settings(settings);
    if (!snapshot)
        return ST_FAULT;
    take_blocklist(worker, snapshot);
    views_keep_all(worker->views, snapshot->views);
    /* The version first: a change in between is then seen as one more change. */
    enum status status = catalog_version(from->pg, from->deadline_ms, &snapshot->version);
    if (status == ST_OK)
        status = load_catalog(snapshot, from);
    if (status == ST_OK)
        status = load_epochs(worker, snapshot, from);
    if (status != ST_OK) {
        snapshot_free(snapshot);
        return status;
    }
    snapshot->loaded = true;
    *out = snapshot;
    return ST_OK;
}
