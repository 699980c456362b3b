#include "mail/clerk.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "clerk_private.h"
#include "store/mailings.h"
#include "store/schema.h"

enum {
    STATEMENT_MS = 15000,
    CONNECT_MS = 1000,
    BOOK_MS = 1000,
    SWEEP_MS = 1000,      /* between two sweeps when there is nothing to send */
    SWEEP_BUSY_MS = 5000, /* and when there is */
    SWEEP_MORE_MS = 100,
    BACKLOG_MS = 5000,    /* between two looks at the whole queue, */
    BACKLOG_SHARE = 50,   /* and this many times as long as one takes */
    LAST_WORDS_MS = 10000 /* how long fates may take to be stored at the end */
};

/* --- PostgreSQL --- */

/* What it answers but does not do, others of a round may be done before and after. */
static bool is_news(struct clerk *clerk, const char *what, enum status status, bool was_up) {
    if (status != ST_FAULT && status != ST_BUSY)
        return was_up;
    bool news = !clerk->told || strcmp(clerk->told, what) != 0;
    clerk->told = what;
    return news;
}

bool clerk_note(struct clerk *clerk, const char *what, enum status status) {
    struct mailer *mailer = clerk->mailer;
    bool up = status == ST_OK || status == ST_BUSY;
    pulse_busy(&mailer->pulses[MAILER_CLERK]); /* a round of many slow ones may last long */
    bool was = atomic_exchange(&mailer->database_up, up);
    metrics_set(mailer->metrics, MM_DATABASE_UP, up);
    if (status == ST_OK) {
        if (clerk->told && strcmp(clerk->told, what) == 0)
            clerk->told = NULL;
        return true;
    }
    mail_metrics_database(mailer->metrics, status);
    if (is_news(clerk, what, status, was))
        log_event(status == ST_FAULT ? LOG_ERROR : LOG_WARNING, "database_failed",
                  LOG_STR("what", what), LOG_STR("status", status_name(status)),
                  LOG_STR("sqlstate", pg_sqlstate(clerk->pg)),
                  LOG_STR("message", pg_message(clerk->pg)));
    return false;
}

int64_t clerk_deadline(void) {
    return clock_monotonic_ms() + STATEMENT_MS;
}

static bool look_at_schema(struct clerk *clerk) {
    int found = 0, wanted = 0;
    enum status status = schema_check(clerk->pg, clerk_deadline(), &found, &wanted);
    if (status == ST_INVALID) {
        atomic_store(&clerk->mailer->schema_refused, true);
        if (clerk->schema_told != found)
            log_event(LOG_ERROR, "schema_differs", LOG_INT("found", found),
                      LOG_INT("wanted", wanted), LOG_STR("do", schema_advice(found)));
        clerk->schema_told = found;
        return false;
    }
    if (!clerk_note(clerk, "schema", status))
        return false;
    atomic_store(&clerk->mailer->schema_refused, false);
    clerk->schema_told = -1;
    clerk->schema_fits = true;
    return true;
}

static bool look_at_book(struct clerk *clerk) {
    int64_t version = 0, now_ms = clock_monotonic_ms();
    struct mailer *mailer = clerk->mailer;
    bool stale = atomic_exchange(&mailer->book_stale, false);
    if (clerk->book_sent && !stale && now_ms < clerk->book_at_ms)
        return true;
    if (!clerk_note(clerk, "catalog", catalog_version(clerk->pg, clerk_deadline(), &version)))
        return false;
    clerk->book_at_ms = now_ms + BOOK_MS;
    if (clerk->book_sent && version == clerk->book_version)
        return true;
    struct book *book = NULL;
    if (!clerk_note(clerk, "book", book_load(clerk->pg, clerk_deadline(), &book)))
        return false;
    clerk->book_version = book_version(book);
    clerk->book_sent = true;
    struct book *unused = atomic_exchange(&mailer->book_of_sender, book);
    book_free(&unused);
    return true;
}

/* --- fates --- */

static void forget_letters(struct clerk *clerk) {
    for (size_t i = 0; i < clerk->count; i++) {
        clerk->list_in_hand -= clerk->letters[i]->kind == OUTBOX_LIST;
        outbox_letter_free(&clerk->letters[i]);
    }
    atomic_fetch_sub(&clerk->mailer->in_hand, (int)clerk->count);
    clerk->count = 0;
}

/* Those that could not be stored are tried again before others are taken. */
static bool store_fates(struct clerk *clerk, int64_t until_ms) {
    if (clerk->count == 0) {
        struct queue_node *list =
            queue_take(clerk->mailer->done, CLERK_FATES_MOST, until_ms, &clerk->count);
        struct outbox_letter *letter = (struct outbox_letter *)list;
        for (size_t i = 0; i < clerk->count; i++) {
            clerk->letters[i] = letter;
            letter = outbox_next(letter);
        }
    }
    if (clerk->count == 0)
        return true;
    enum status status = outbox_fates(clerk->outbox, &clerk->setup->policy, clerk->letters,
                                      clerk->count, clerk_deadline());
    const struct mailings_policy of_list = {clerk->setup->policy.give_up_days,
                                            (int)clerk->setup->settings.mail_list_per_minute};
    if (status == ST_OK)
        status =
            mailings_fates(clerk->pg, &of_list, clerk->letters, clerk->count, clerk_deadline());
    if (!clerk_note(clerk, "fates", status))
        return false;
    forget_letters(clerk);
    return true;
}

/* --- housekeeping --- */

static bool sweep(struct clerk *clerk) {
    bool more = false;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < clerk->sweep_at_ms ||
        (!clerk->nothing_due && now_ms < clerk->sweep_at_ms + SWEEP_BUSY_MS - SWEEP_MS))
        return true;
    if (!clerk_note(clerk, "sweep",
                    outbox_sweep(clerk->outbox, &clerk->setup->policy, clerk_deadline(), &more)))
        return false;
    clerk->sweep_at_ms = now_ms + (more ? SWEEP_MORE_MS : SWEEP_MS);
    return true;
}

static bool look_at_backlog(struct clerk *clerk) {
    struct outbox_backlog backlog;
    int64_t began_ms = clock_monotonic_ms();
    if (began_ms < clerk->backlog_at_ms)
        return true;
    if (!clerk_note(clerk, "backlog", outbox_backlog(clerk->outbox, clerk_deadline(), &backlog)))
        return false;
    mail_metrics_backlog(clerk->mailer->metrics, &backlog);
    int64_t took_ms = clock_monotonic_ms() - began_ms;
    clerk->backlog_at_ms =
        began_ms + (took_ms * BACKLOG_SHARE > BACKLOG_MS ? took_ms * BACKLOG_SHARE : BACKLOG_MS);
    return true;
}

/* --- life --- */

static bool connect_anew(struct clerk *clerk) {
    const struct settings *settings = &clerk->setup->settings;
    const struct pg_options options = {.conninfo = settings->mailer_database,
                                       .password = clerk->setup->database_password,
                                       .application_name = "countersign-mailer",
                                       .connect_timeout_ms = CONNECT_MS,
                                       .statement_timeout_ms = STATEMENT_MS};
    struct pg *pg = pg_new(&options);
    struct outbox *outbox = pg ? outbox_new(pg, keypair_public(clerk->setup->pair)) : NULL;
    if (!outbox) {
        pg_free(&pg);
        return false;
    }
    outbox_free(&clerk->outbox);
    pg_free(&clerk->pg);
    clerk->outbox = outbox;
    clerk->pg = pg;
    clerk->plans = (struct plans){0};
    clerk->schema_fits = false;
    return true;
}

static void take_setup(struct clerk *clerk) {
    struct setup *fresh = atomic_exchange(&clerk->mailer->setup_of_clerk, NULL);
    if (!fresh)
        return;
    struct setup *old = clerk->setup;
    clerk->setup = fresh;
    if (!connect_anew(clerk)) {
        clerk->setup = old;
        old = fresh;
    }
    setup_release(&old);
}

/* One round; false: PostgreSQL did not do what it should. */
static bool round_of_work(struct clerk *clerk) {
    bool fits = clerk->schema_fits || look_at_schema(clerk);
    atomic_store(&clerk->mailer->looked, true);
    if (!fits)
        return false;
    /* With letters under way their fates wake it; else it looks for new ones in time. */
    int64_t until_ms =
        clock_monotonic_ms() + (clerk->nothing_due ? CLERK_LOOK_MS / 4 : CLERK_LOOK_MS / 20);
    if (!atomic_load(&clerk->mailer->stopping) && clerk->gather_at_ms < until_ms)
        until_ms = clerk->gather_at_ms;
    if (!store_fates(clerk, until_ms))
        return false;
    return atomic_load(&clerk->mailer->stopping) ||
           (look_at_book(clerk) && clerk_take_in(clerk) && clerk_claim(clerk) &&
            clerk_gather(clerk) && clerk_claim_for_list(clerk) && sweep(clerk) &&
            look_at_backlog(clerk));
}

/* A claim that ended after the sender: nobody has begun these. */
static void give_back(struct mailer *mailer) {
    size_t count = 0;
    struct queue_node *list = queue_take(mailer->todo, CLERK_FATES_MOST, 0, &count);
    while (list) {
        struct outbox_letter *letter = (struct outbox_letter *)list;
        list = list->next;
        letter->fate = OUTBOX_UNTRIED;
        letter->wait_s = 0;
        queue_put(mailer->done, &letter->node);
    }
}

static bool is_over(struct clerk *clerk) {
    struct mailer *mailer = clerk->mailer;
    if (!atomic_load(&mailer->sent_all))
        return false;
    give_back(mailer);
    if (clerk->end_at_ms == 0)
        clerk->end_at_ms = clock_monotonic_ms() + LAST_WORDS_MS;
    return (clerk->count == 0 && queue_length(mailer->done) == 0) ||
           clock_monotonic_ms() > clerk->end_at_ms;
}

static void *work(void *context) {
    static const struct timespec pause = {0, 200000000};
    struct clerk *clerk = context;
    while (!is_over(clerk)) {
        take_setup(clerk);
        pulse_busy(&clerk->mailer->pulses[MAILER_CLERK]);
        if (!round_of_work(clerk))
            nanosleep(&pause, NULL);
    }
    return NULL;
}

static void release(struct clerk **clerk) {
    forget_letters(*clerk);
    outbox_free(&(*clerk)->outbox);
    pg_free(&(*clerk)->pg);
    setup_release(&(*clerk)->setup);
    free(*clerk);
    *clerk = NULL;
}

struct clerk *clerk_start(struct mailer *mailer, struct setup *setup) {
    struct clerk *clerk = calloc(1, sizeof *clerk);
    if (!clerk)
        return NULL;
    clerk->mailer = mailer;
    clerk->schema_told = -1;
    clerk->setup = setup_keep(setup);
    if (!connect_anew(clerk) || pthread_create(&clerk->thread, NULL, work, clerk) != 0)
        release(&clerk);
    return clerk;
}

void clerk_join(struct clerk **clerk) {
    if (!*clerk)
        return;
    pthread_join((*clerk)->thread, NULL);
    release(clerk);
}
