#include "mail/sender.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/turn.h"
#include "sender_private.h"

enum { IDLE_MS = 100, BUSY_MS = 20, TAKE_MOST = 1000, UNKNOWN_FACTOR = 5, SHOW_MS = 1000 };

/* --- fates --- */

void sender_tell(struct sender *sender, struct outbox_letter *letter, enum outbox_fate fate,
                 int wait_s) {
    size_t metric = (size_t)MM_SENT + fate - OUTBOX_SENT;
    letter->fate = fate;
    letter->wait_s = wait_s;
    metrics_add(sender->mailer->metrics, metric, 1);
    if (turn_is_list(letter))
        metrics_add(sender->mailer->metrics, metric + MM_LIST_SENT - MM_SENT, 1);
    /* Its limit is that of all letters that are in hand: it is never full. */
    queue_put(sender->mailer->done, &letter->node);
}

static void show_gate(struct sender *sender, const struct smtp_letter *wire) {
    struct mailer *mailer = sender->mailer;
    enum fates_server server = (enum fates_server)atomic_load(&mailer->gate.state);
    for (int i = MM_OPEN; i <= MM_SENDER; i++)
        metrics_set(mailer->metrics, (size_t)i, (int)server == i - MM_OPEN);
    if (!wire || server == FATES_FINE)
        log_event(LOG_INFO, "mail_goes_on");
    else
        log_event(server == FATES_DOWN ? LOG_WARNING : LOG_ERROR,
                  server == FATES_DOWN ? "mail_server_away" : "mail_stopped",
                  LOG_STR("why", gate_word(server)), LOG_INT("code", wire->code),
                  LOG_INT("step", wire->step), LOG_STR("what", wire->what));
}

/* What is said at a recipient may be of that one alone: when the gate tries again, those that have
 * come meanwhile go first. */
static int wait_of(const struct sender *sender, const struct post *post,
                   const struct fates_verdict *verdict) {
    int retry_s = (int)sender->setup->settings.mail_retry_s;
    if (verdict->fate == OUTBOX_UNTRIED)
        return post->wire.step >= SMTP_AT_RECIPIENT ? retry_s : 0;
    if (verdict->fate == OUTBOX_UNKNOWN)
        retry_s *= UNKNOWN_FACTOR;
    return fates_wait_s(retry_s, post->letter->tries, verdict->full, randombytes_random());
}

bool sender_lease_is_short(const struct sender *sender, const struct outbox_letter *letter) {
    return clock_monotonic_ms() + smtp_longest_ms(sender->setup->settings.smtp_timeout_ms) >
           letter->leased_until_ms;
}

void sender_free_post(struct post **post) {
    composed_done(&(*post)->composed);
    free(*post);
    *post = NULL;
}

static void show_traffic(struct sender *sender) {
    struct metrics *metrics = sender->mailer->metrics;
    metrics_set(metrics, MM_IN_FLIGHT, (int64_t)smtp_in_flight(sender->smtp));
    if (clock_monotonic_ms() >= sender->show_at_ms) {
        sender->show_at_ms = clock_monotonic_ms() + SHOW_MS;
        mail_metrics_slow(metrics, sender->domains);
    }
}

static void finish(struct sender *sender, struct post *post) {
    struct mailer *mailer = sender->mailer;
    struct fates_verdict verdict = fates_judge(&post->wire);
    if (verdict.again && !post->again && !sender_lease_is_short(sender, post->letter) &&
        smtp_put(sender->smtp, &post->wire, true) == ST_OK) {
        post->again = true;
        return;
    }
    metrics_observe(mailer->metrics, MM_LETTER_SECONDS,
                    (uint64_t)(clock_monotonic_ms() - post->began_ms));
    if (gate_tell(&mailer->gate, verdict.server, (int)smtp_in_use(sender->smtp),
                  randombytes_random()))
        show_gate(sender, &post->wire);
    domains_leave(sender->domains, post->letter->domain - 1, verdict.domain_slow,
                  (int)sender->setup->settings.mail_retry_s);
    mail_metrics_letter(mailer->metrics, post->letter, verdict.fate,
                        domains_class(sender->domains, post->letter->domain - 1));
    sender->list_in_flight -= turn_is_list(post->letter);
    sender_tell(sender, post->letter, verdict.fate, wait_of(sender, post, &verdict));
    sender_free_post(&post);
}

static void receive(struct sender *sender) {
    size_t count = 0;
    bool idle = smtp_in_flight(sender->smtp) == 0 && !sender->waiting;
    int64_t deadline_ms = clock_monotonic_ms() + (idle ? IDLE_MS : 0);
    struct queue_node *list = queue_take(sender->mailer->todo, TAKE_MOST, deadline_ms, &count);
    while (list) {
        struct queue_node *next = list->next;
        turn_add(&sender->waiting, (struct outbox_letter *)list);
        list = next;
    }
}

/* --- life --- */

static void take_book(struct sender *sender) {
    struct book *fresh = atomic_exchange(&sender->mailer->book_of_sender, NULL);
    if (!fresh)
        return;
    book_free(&sender->book);
    sender->book = fresh;
}

/* Its connections and its key are the setup's. */
static bool set_up(struct sender *sender, struct setup *setup) {
    struct smtp_options options;
    setup_smtp(setup, &options);
    struct smtp *smtp = smtp_new(&options);
    struct unlock *unlock = unlock_new(setup->pair);
    if (!smtp || !unlock) {
        smtp_free(&smtp);
        unlock_free(&unlock);
        log_event(LOG_ERROR, "setup_wrong", LOG_STR("what", "memory"),
                  LOG_STR("why", "out of memory"));
        setup_release(&setup);
        return false;
    }
    smtp_free(&sender->smtp);
    unlock_free(&sender->unlock);
    setup_release(&sender->setup);
    sender->smtp = smtp;
    sender->unlock = unlock;
    sender->setup = setup;
    return true;
}

/* A new setup is for new letters: those on their way end first. True: nothing may begin now. */
static bool take_setup(struct sender *sender) {
    if (!atomic_load(&sender->mailer->setup_of_sender))
        return false;
    if (smtp_in_flight(sender->smtp) > 0)
        return true;
    struct setup *fresh = atomic_exchange(&sender->mailer->setup_of_sender, NULL);
    if (fresh && set_up(sender, fresh)) {
        gate_init(&sender->mailer->gate);
        show_gate(sender, NULL);
    }
    return false;
}

static void *work(void *context) {
    struct sender *sender = context;
    struct mailer *mailer = sender->mailer;
    while (!atomic_load(&mailer->stopping) || smtp_in_flight(sender->smtp) > 0 || sender->waiting ||
           queue_length(mailer->todo) > 0) {
        struct smtp_letter *wire;
        pulse_busy(&mailer->pulses[MAILER_SENDER]);
        bool changing = take_setup(sender);
        receive(sender);
        take_book(sender); /* the clerk has put it before letters that need it */
        if (!changing)
            sender_begin(sender);
        show_traffic(sender);
        if (smtp_in_flight(sender->smtp) > 0 || sender->waiting)
            smtp_wait(sender->smtp, clock_monotonic_ms() + BUSY_MS);
        while ((wire = smtp_take(sender->smtp)) != NULL)
            finish(sender, wire->context);
    }
    return NULL;
}

static void release(struct sender **sender) {
    smtp_free(&(*sender)->smtp);
    unlock_free(&(*sender)->unlock);
    domains_free(&(*sender)->domains);
    book_free(&(*sender)->book);
    setup_release(&(*sender)->setup);
    free(*sender);
    *sender = NULL;
}

struct sender *sender_start(struct mailer *mailer, struct setup *setup) {
    struct sender *sender = calloc(1, sizeof *sender);
    if (!sender)
        return NULL;
    sender->mailer = mailer;
    sender->domains = domains_new();
    metrics_set(mailer->metrics, MM_OPEN, 1);
    if (!sender->domains || !set_up(sender, setup_keep(setup)) ||
        pthread_create(&sender->thread, NULL, work, sender) != 0)
        release(&sender);
    return sender;
}

void sender_join(struct sender **sender) {
    if (!*sender)
        return;
    pthread_join((*sender)->thread, NULL);
    release(sender);
}
