#include "mail/clerk.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "store/mailings.h"
#include "store/plans.h"
#include "store/schema.h"

enum {
    STATEMENT_MS = 15000,
    CONNECT_MS = 1000,
    FATES_MOST = 500,
    LOOK_MS = 200,    /* between two looks for new letters, when there are few */
    LOOKS_A_MS = 100, /* letters that may be looked at in a millisecond, on average */
    TAKE_ROWS = 1000,
    BOOK_MS = 1000,
    SWEEP_MS = 1000,      /* between two sweeps when there is nothing to send */
    SWEEP_BUSY_MS = 5000, /* and when there is */
    SWEEP_MORE_MS = 100,
    IN_HAND_FACTOR = 16, /* letters in hand for each connection */
    IN_HAND_MIN = 64,
    BACKLOG_MS = 5000,     /* between two looks at the whole queue, */
    BACKLOG_SHARE = 50,    /* and this many times as long as one takes */
    LAST_WORDS_MS = 10000, /* how long fates may take to be stored at the end */
    LIST_FACTOR = 8,       /* letters to the list in hand for each connection */
    GATHER_ROWS = 2000,    /* a step towards an audience: a million in fifty seconds, */
    GATHER_STEP_MS = 80,   /* and who signs meanwhile is hardly slower */
    GATHER_SOON_MS = 10,   /* another mailer made the last one */
    GATHER_MS = 1000       /* between two looks for an audience to gather */
};

struct clerk {
    struct mailer *mailer;
    pthread_t thread;
    struct setup *setup;
    struct pg *pg;
    struct outbox *outbox;
    struct plans plans;
    struct outbox_letter *letters[FATES_MOST]; /* whose fates are being stored */
    size_t count;
    int64_t book_version, book_at_ms, take_at_ms, claim_at_ms, sweep_at_ms, backlog_at_ms,
        list_at_ms, gather_at_ms, end_at_ms;
    int list_in_hand; /* of the letters in hand, those to the list */
    int seen;         /* letters looked at in this pass */
    int schema_told;  /* the version that was refused in the log; -1: none */
    bool schema_fits, book_sent, nothing_due;
};

/* --- PostgreSQL --- */

static bool note(struct clerk *clerk, const char *what, enum status status) {
    struct mailer *mailer = clerk->mailer;
    bool up = status == ST_OK || status == ST_BUSY;
    pulse_busy(&mailer->pulses[MAILER_CLERK]); /* a round of many slow ones may last long */
    bool was = atomic_exchange(&mailer->database_up, up);
    metrics_set(mailer->metrics, MM_DATABASE_UP, up);
    if (status == ST_OK)
        return true;
    mail_metrics_database(mailer->metrics, status);
    if (was || status == ST_FAULT)
        log_event(status == ST_FAULT ? LOG_ERROR : LOG_WARNING, "database_failed",
                  LOG_STR("what", what), LOG_STR("status", status_name(status)),
                  LOG_STR("sqlstate", pg_sqlstate(clerk->pg)),
                  LOG_STR("message", pg_message(clerk->pg)));
    return false;
}

static int64_t deadline(void) {
    return clock_monotonic_ms() + STATEMENT_MS;
}

static bool look_at_schema(struct clerk *clerk) {
    int found = 0, wanted = 0;
    enum status status = schema_check(clerk->pg, deadline(), &found, &wanted);
    if (status == ST_INVALID) {
        atomic_store(&clerk->mailer->schema_refused, true);
        if (clerk->schema_told != found)
            log_event(LOG_ERROR, "schema_differs", LOG_INT("found", found),
                      LOG_INT("wanted", wanted), LOG_STR("do", schema_advice(found)));
        clerk->schema_told = found;
        return false;
    }
    if (!note(clerk, "schema", status))
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
    if (!note(clerk, "catalog", catalog_version(clerk->pg, deadline(), &version)))
        return false;
    clerk->book_at_ms = now_ms + BOOK_MS;
    if (clerk->book_sent && version == clerk->book_version)
        return true;
    struct book *book = NULL;
    if (!note(clerk, "catalog", book_load(clerk->pg, deadline(), &book)))
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
            queue_take(clerk->mailer->done, FATES_MOST, until_ms, &clerk->count);
        struct outbox_letter *letter = (struct outbox_letter *)list;
        for (size_t i = 0; i < clerk->count; i++) {
            clerk->letters[i] = letter;
            letter = outbox_next(letter);
        }
    }
    if (clerk->count == 0)
        return true;
    enum status status = outbox_fates(clerk->outbox, &clerk->setup->policy, clerk->letters,
                                      clerk->count, deadline());
    const struct mailings_policy of_list = {clerk->setup->policy.give_up_days,
                                            (int)clerk->setup->settings.mail_list_per_minute};
    if (status == ST_OK)
        status = mailings_fates(clerk->pg, &of_list, clerk->letters, clerk->count, deadline());
    if (!note(clerk, "fates", status))
        return false;
    forget_letters(clerk);
    return true;
}

/* --- letters --- */

/* What a pass looks at costs time in which nobody looks again: a flood of letters is not counted
 * over and over. */
static bool take_in(struct clerk *clerk) {
    struct outbox_taken taken = {0, 0, true};
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < clerk->take_at_ms)
        return true;
    if (!note(clerk, "take", outbox_take(clerk->outbox, TAKE_ROWS, deadline(), &taken)))
        return false;
    clerk->seen += taken.seen;
    metrics_add(clerk->mailer->metrics, MM_TAKEN, (uint64_t)taken.taken);
    if (taken.taken)
        clerk->nothing_due = false;
    if (!clerk->nothing_due &&
        !note(clerk, "plans",
              plans_refresh(&clerk->plans, clerk->pg, (size_t)taken.taken, deadline())))
        return false;
    if (taken.done) {
        int pause_ms = clerk->seen / LOOKS_A_MS;
        clerk->take_at_ms = now_ms + (pause_ms > LOOK_MS ? pause_ms : LOOK_MS);
        clerk->seen = 0;
    }
    return true;
}

static int room(const struct clerk *clerk) {
    struct mailer *mailer = clerk->mailer;
    int most = (int)clerk->setup->settings.smtp_connections * IN_HAND_FACTOR;
    if (atomic_load(&mailer->stopping))
        return 0;
    most = gate_allows(&mailer->gate, most > IN_HAND_MIN ? most : IN_HAND_MIN);
    int left = most - atomic_load(&mailer->in_hand);
    /* In large portions, or one at a time when the server is looked after. */
    return left < most / 2 ? 0 : left < OUTBOX_CLAIM_MAX ? left : OUTBOX_CLAIM_MAX;
}

static void hand_over(struct mailer *mailer, struct outbox_letters letters) {
    metrics_add(mailer->metrics, MM_CLAIMED, letters.count);
    atomic_fetch_add(&mailer->in_hand, (int)letters.count);
    while (letters.first) {
        struct outbox_letter *next = outbox_next(letters.first);
        queue_put(mailer->todo, &letters.first->node);
        letters.first = next;
    }
}

static bool claim(struct clerk *clerk) {
    struct outbox_letters letters = {NULL, 0};
    int64_t now_ms = clock_monotonic_ms();
    int most = room(clerk);
    if (most <= 0 || (clerk->nothing_due && now_ms < clerk->claim_at_ms))
        return true;
    clerk->claim_at_ms = now_ms + LOOK_MS;
    if (!note(clerk, "claim",
              outbox_claim(clerk->outbox, &clerk->setup->policy, most, deadline(), &letters)))
        return false;
    clerk->nothing_due = letters.count == 0;
    hand_over(clerk->mailer, letters);
    return true;
}

/* --- letters to the list --- */

/* Those of the outbox come first: nothing is claimed while one of them is due, little is in hand,
 * and nothing at all while the mail server is only tried. */
static int room_for_list(const struct clerk *clerk) {
    struct mailer *mailer = clerk->mailer;
    int connections = (int)clerk->setup->settings.smtp_connections;
    int most = connections * LIST_FACTOR, left = most - clerk->list_in_hand;
    if (atomic_load(&mailer->stopping) || !clerk->nothing_due ||
        gate_allows(&mailer->gate, connections) < connections)
        return 0;
    return left < most / 2 ? 0 : left;
}

static bool claim_for_list(struct clerk *clerk) {
    struct outbox_letters letters = {NULL, 0};
    int64_t now_ms = clock_monotonic_ms();
    int most = room_for_list(clerk);
    if (most <= 0 || now_ms < clerk->list_at_ms)
        return true;
    const struct mailings_claim wanted = {keypair_public(clerk->setup->pair),
                                          clerk->setup->policy.lease_s, most,
                                          (int)clerk->setup->settings.mail_list_per_minute};
    if (!note(clerk, "list claim", mailings_claim(clerk->pg, &wanted, deadline(), &letters)))
        return false;
    clerk->list_at_ms = letters.count == 0 ? now_ms + LOOK_MS : 0;
    clerk->list_in_hand += (int)letters.count;
    hand_over(clerk->mailer, letters);
    return true;
}

static bool gather(struct clerk *clerk) {
    int64_t now_ms = clock_monotonic_ms();
    int seen = 0;
    if (now_ms < clerk->gather_at_ms)
        return true;
    bool good = note(clerk, "gather", mailings_gather(clerk->pg, GATHER_ROWS, deadline(), &seen));
    clerk->gather_at_ms = now_ms + (seen > 0   ? GATHER_STEP_MS
                                    : seen < 0 ? GATHER_SOON_MS
                                               : GATHER_MS);
    return good;
}

static bool sweep(struct clerk *clerk) {
    bool more = false;
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < clerk->sweep_at_ms ||
        (!clerk->nothing_due && now_ms < clerk->sweep_at_ms + SWEEP_BUSY_MS - SWEEP_MS))
        return true;
    if (!note(clerk, "sweep",
              outbox_sweep(clerk->outbox, &clerk->setup->policy, deadline(), &more)))
        return false;
    clerk->sweep_at_ms = now_ms + (more ? SWEEP_MORE_MS : SWEEP_MS);
    return true;
}

static bool look_at_backlog(struct clerk *clerk) {
    struct outbox_backlog backlog;
    int64_t began_ms = clock_monotonic_ms();
    if (began_ms < clerk->backlog_at_ms)
        return true;
    if (!note(clerk, "backlog", outbox_backlog(clerk->outbox, deadline(), &backlog)))
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
    int64_t until_ms = clock_monotonic_ms() + (clerk->nothing_due ? LOOK_MS / 4 : LOOK_MS / 20);
    if (!atomic_load(&clerk->mailer->stopping) && clerk->gather_at_ms < until_ms)
        until_ms = clerk->gather_at_ms;
    if (!store_fates(clerk, until_ms))
        return false;
    return atomic_load(&clerk->mailer->stopping) ||
           (look_at_book(clerk) && take_in(clerk) && claim(clerk) && gather(clerk) &&
            claim_for_list(clerk) && sweep(clerk) && look_at_backlog(clerk));
}

/* A claim that ended after the sender: nobody has begun these. */
static void give_back(struct mailer *mailer) {
    size_t count = 0;
    struct queue_node *list = queue_take(mailer->todo, FATES_MOST, 0, &count);
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
