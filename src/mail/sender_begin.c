/* A letter that waits: whether it can go now, and how it becomes one on its way. */
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "mail/turn.h"
#include "sender_private.h"

/* Seconds until what the book does not know, or nobody here can write, is looked at again. */
enum { STRANGER_S = 2, KEY_S = 3600 };

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
        sender_tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
        return NULL;
    }
    enum status status = compose(sender, letter, petition, recipient, &post->composed);
    if (status == ST_NOT_FOUND) {
        atomic_store(&sender->mailer->book_stale, true);
        sender_tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
        sender_free_post(&post);
        return NULL;
    }
    if (status != ST_OK) {
        log_event(LOG_ERROR, "letter_unwritable", LOG_INT("petition", letter->petition),
                  LOG_INT("kind", letter->kind), LOG_STR("status", status_name(status)));
        sender_tell(sender, letter, status == ST_INVALID ? OUTBOX_IMPOSSIBLE : OUTBOX_LATER, KEY_S);
        sender_free_post(&post);
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
    sender_tell(sender, letter, OUTBOX_LATER, KEY_S);
    return false;
}

/* One that was only looked at: no fate that counts. */
static void give_back(struct sender *sender, struct outbox_letter *letter, struct text address) {
    letter->place = setup_place(sender->setup, address);
    letter->fate = OUTBOX_UNTRIED;
    letter->wait_s = 0;
    queue_put(sender->mailer->done, &letter->node);
}

/* It goes on waiting. What follows the last that is kept is set at the end of sender_begin. */
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
        sender_tell(sender, letter, OUTBOX_UNTRIED, wait_s);
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
        sender_tell(sender, letter, OUTBOX_IMPOSSIBLE, 0);
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
    if (stopped || sender_lease_is_short(sender, letter)) {
        /* The gate waits, not the letter: who is let in again, or another mailer, sends it now. */
        sender_tell(sender, letter, OUTBOX_UNTRIED, 0);
    } else if (!petition) {
        atomic_store(&sender->mailer->book_stale, true);
        sender_tell(sender, letter, OUTBOX_UNTRIED, STRANGER_S);
    } else {
        begin(sender, letter, petition);
    }
}

void sender_begin(struct sender *sender) {
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
        if (allowed > 0 && is_full(sender, letter) && !sender_lease_is_short(sender, letter)) {
            keep(sender, letter);
        } else {
            begin_or_not(sender, letter, allowed == 0);
        }
        letter = next;
    }
    *sender->kept_end = letter; /* where all are busy, the rest waits as it is */
    sender->waiting = sender->kept;
}
