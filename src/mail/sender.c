#include "mail/sender.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/compose.h"
#include "mail/domains.h"
#include "mail/turn.h"
#include "mail/unlock.h"

enum {
    IDLE_MS = 100,
    BUSY_MS = 20,
    TAKE_MOST = 1000,
    UNKNOWN_FACTOR = 5,
    STRANGER_S = 2,
    KEY_S = 3600,
    SHOW_MS = 1000
};

/* A letter on its way. */
struct post {
    struct smtp_letter wire;
    struct composed composed;
    struct outbox_letter *letter;
    int64_t began_ms;
    bool again; /* tried over a second connection */
};

struct sender {
    struct mailer *mailer;
    pthread_t thread;
    struct setup *setup;
    struct book *book;
    struct smtp *smtp;
    struct unlock *unlock;
    struct domains *domains;
    int64_t show_at_ms;                     /* when slow domains are counted again */
    struct outbox_letter *waiting;          /* claimed, not begun; oldest first */
    struct outbox_letter *kept, **kept_end; /* those of them that go on waiting, in begin_some */
    int list_in_flight;                     /* letters to the list on the wire */
};

/* --- fates --- */

static void tell(struct sender *sender, struct outbox_letter *letter, enum outbox_fate fate,
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

static int wait_of(const struct sender *sender, const struct outbox_letter *letter,
                   const struct fates_verdict *verdict) {
    int retry_s = (int)sender->setup->settings.mail_retry_s;
    if (verdict->fate == OUTBOX_UNTRIED)
        return gate_wait_s(&sender->mailer->gate);
    if (verdict->fate == OUTBOX_UNKNOWN)
        retry_s *= UNKNOWN_FACTOR;
    return fates_wait_s(retry_s, letter->tries, verdict->full, randombytes_random());
}

/* A letter whose lease could end while it is on the wire would be sent by somebody else too. */
static bool lease_is_short(const struct sender *sender, const struct outbox_letter *letter) {
    return clock_monotonic_ms() + smtp_longest_ms(sender->setup->settings.smtp_timeout_ms) >
           letter->leased_until_ms;
}

static void free_post(struct post **post) {
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
    if (verdict.again && !post->again && !lease_is_short(sender, post->letter) &&
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
    tell(sender, post->letter, verdict.fate, wait_of(sender, post->letter, &verdict));
    free_post(&post);
}

/* --- beginning --- */

/* NOT_FOUND: a letter to the list that came after the book. */
static enum status compose(const struct sender *sender, const struct outbox_letter *letter,
                           const struct petition *petition, const struct recipient *recipient,
                           struct composed *out) {
    if (!turn_is_list(letter))
        return compose_letter(sender->setup, petition, letter, recipient, clock_unix_ms() / 1000,
                              out);
    const struct mailing *mailing = book_find_mailing(sender->book, letter->key.bucket);
    return mailing ? compose_mailing(sender->setup, mailing, petition, letter, recipient, out)
                   : ST_NOT_FOUND;
}

/* Says why not, if not. */
static struct post *make_post(struct sender *sender, struct outbox_letter *letter,
                              const struct petition *petition, struct recipient *recipient) {
    struct post *post = calloc(1, sizeof *post);
    if (!post) {
        tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
        return NULL;
    }
    enum status status = compose(sender, letter, petition, recipient, &post->composed);
    if (status == ST_NOT_FOUND) {
        atomic_store(&sender->mailer->book_stale, true);
        tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
        free(post);
        return NULL;
    }
    if (status != ST_OK) {
        log_event(LOG_ERROR, "letter_unwritable", LOG_INT("petition", letter->petition),
                  LOG_INT("kind", letter->kind), LOG_STR("status", status_name(status)));
        tell(sender, letter, status == ST_INVALID ? OUTBOX_IMPOSSIBLE : OUTBOX_LATER, KEY_S);
        free(post);
        return NULL;
    }
    post->letter = letter;
    post->began_ms = clock_monotonic_ms();
    post->wire = (struct smtp_letter){.from = post->composed.from,
                                      .to = post->composed.to,
                                      .data = buffer_text(&post->composed.data),
                                      .context = post};
    return post;
}

static bool open_letter(struct sender *sender, struct outbox_letter *letter,
                        struct recipient *recipient) {
    enum status status = unlock_open(sender->unlock, letter, recipient);
    if (status == ST_OK)
        return true;
    /* Another mailer may have the key; an operator should know. */
    metrics_add(sender->mailer->metrics, MM_KEY_MISSING, 1);
    log_event(LOG_ERROR, "letter_sealed", LOG_INT("petition", letter->petition),
              LOG_INT("epoch", letter->epoch), LOG_STR("status", status_name(status)));
    tell(sender, letter, OUTBOX_LATER, KEY_S);
    return false;
}

/* One that was only looked at: no fate that counts. */
static void give_back(struct sender *sender, struct outbox_letter *letter, struct text address) {
    letter->place = setup_place(sender->setup, address);
    letter->fate = OUTBOX_UNTRIED;
    letter->wait_s = 0;
    queue_put(sender->mailer->done, &letter->node);
}

/* It goes on waiting. What follows the last that is kept is set at the end of begin_some. */
static void keep(struct sender *sender, struct outbox_letter *letter) {
    *sender->kept_end = letter;
    sender->kept_end = (struct outbox_letter **)&letter->node.next;
}

/* Its domain is full, or wants to wait. */
static void queue(struct sender *sender, struct outbox_letter *letter) {
    int wait_s = domains_wait_s(sender->domains, letter->domain - 1);
    if (!wait_s || turn_is_list(letter))
        wait_s = domains_queue(sender->domains, letter->domain - 1,
                               wait_s ? 0 : turn_in_hand(letter, &sender->setup->settings));
    if (wait_s)
        tell(sender, letter, OUTBOX_UNTRIED, wait_s);
    else
        keep(sender, letter);
}

/* What it is sealed in is opened only when it can go, but for the first look at its domain. */
static void begin(struct sender *sender, struct outbox_letter *letter,
                  const struct petition *petition) {
    struct recipient recipient = {.email = {NULL, 0}};
    if (!open_letter(sender, letter, &recipient))
        return;
    if (setup_blocks(sender->setup, recipient.email)) {
        tell(sender, letter, OUTBOX_IMPOSSIBLE, 0);
        return;
    }
    if (turn_is_list(letter) && !letter->paced) {
        give_back(sender, letter, recipient.email);
        return;
    }
    letter->domain = domains_find(sender->domains, recipient.email) + 1;
    if (domains_wait_s(sender->domains, letter->domain - 1) ||
        !domains_enter(sender->domains, letter->domain - 1,
                       turn_to_domain(letter, &sender->setup->settings))) {
        queue(sender, letter);
        return;
    }
    uint32_t domain = letter->domain - 1; /* the letter may be gone then */
    struct post *post = make_post(sender, letter, petition, &recipient);
    if (!post) {
        domains_leave(sender->domains, domain, false, 0);
        return;
    }
    sender->list_in_flight += turn_is_list(letter);
    smtp_put(sender->smtp, &post->wire, false); /* a slot is free: the caller has looked */
}

static bool is_full(struct sender *sender, const struct outbox_letter *letter) {
    const struct settings *settings = &sender->setup->settings;
    if (turn_is_list(letter) &&
        sender->list_in_flight >= turn_most(letter, (int)settings->smtp_connections))
        return true;
    return letter->domain &&
           domains_is_full(sender->domains, letter->domain - 1, turn_to_domain(letter, settings));
}

/* Gives back what cannot go now, begins what can, keeps the rest in its order. */
static void begin_or_not(struct sender *sender, struct outbox_letter *letter, bool stopped) {
    const struct petition *petition =
        sender->book ? book_find(sender->book, letter->petition) : NULL;
    if (letter->domain)
        domains_unqueue(sender->domains, letter->domain - 1);
    if (stopped || lease_is_short(sender, letter)) {
        tell(sender, letter, OUTBOX_UNTRIED, gate_wait_s(&sender->mailer->gate));
    } else if (!petition) {
        atomic_store(&sender->mailer->book_stale, true);
        tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
    } else {
        begin(sender, letter, petition);
    }
}

static void begin_some(struct sender *sender) {
    struct mailer *mailer = sender->mailer;
    int most = gate_room(&mailer->gate, (int)sender->setup->settings.smtp_connections);
    struct outbox_letter *letter = sender->waiting;
    sender->kept = NULL;
    sender->kept_end = &sender->kept;
    while (letter) {
        struct outbox_letter *next = outbox_next(letter);
        int allowed = atomic_load(&mailer->stopping) ? 0 : gate_allows(&mailer->gate, most);
        bool busy = allowed > 0 && smtp_in_flight(sender->smtp) >= (size_t)allowed;
        if (busy) {
            break;
        }
        if (allowed > 0 && is_full(sender, letter) && !lease_is_short(sender, letter)) {
            keep(sender, letter);
        } else {
            begin_or_not(sender, letter, allowed == 0);
        }
        letter = next;
    }
    *sender->kept_end = letter; /* where all are busy, the rest waits as it is */
    sender->waiting = sender->kept;
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
            begin_some(sender);
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
