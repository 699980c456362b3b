/* Letters on their way to the sender: taken in, claimed, and those to the list gathered. */
#include "base/clock.h"
#include "clerk_private.h"
#include "store/mailings.h"

enum {
    LOOKS_A_MS = 100, /* letters that may be looked at in a millisecond, on average */
    TAKE_ROWS = 1000,
    IN_HAND_FACTOR = 16, /* letters in hand for each connection */
    IN_HAND_MIN = 64,
    LIST_FACTOR = 8,     /* letters to the list in hand for each connection */
    GATHER_ROWS = 2000,  /* a step towards an audience: a million in fifty seconds, */
    GATHER_STEP_MS = 80, /* and who signs meanwhile is hardly slower */
    GATHER_SOON_MS = 10, /* another mailer made the last one */
    GATHER_MS = 1000     /* between two looks for an audience to gather */
};

/* --- of the outbox --- */

/* What a pass looks at costs time in which nobody looks again: a flood of letters is not counted
 * over and over. */
bool clerk_take_in(struct clerk *clerk) {
    struct outbox_taken taken = {0, 0, true};
    int64_t now_ms = clock_monotonic_ms();
    if (now_ms < clerk->take_at_ms)
        return true;
    if (!clerk_note(clerk, "take", outbox_take(clerk->outbox, TAKE_ROWS, clerk_deadline(), &taken)))
        return false;
    clerk->seen += taken.seen;
    metrics_add(clerk->mailer->metrics, MM_TAKEN, (uint64_t)taken.taken);
    if (taken.taken)
        clerk->nothing_due = false;
    if (!clerk->nothing_due &&
        !clerk_note(clerk, "plans",
                    plans_refresh(&clerk->plans, clerk->pg, (size_t)taken.taken, clerk_deadline())))
        return false;
    if (taken.done) {
        int pause_ms = clerk->seen / LOOKS_A_MS;
        clerk->take_at_ms = now_ms + (pause_ms > CLERK_LOOK_MS ? pause_ms : CLERK_LOOK_MS);
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

bool clerk_claim(struct clerk *clerk) {
    struct outbox_letters letters = {NULL, 0};
    int64_t now_ms = clock_monotonic_ms();
    int most = room(clerk);
    if (most <= 0 || (clerk->nothing_due && now_ms < clerk->claim_at_ms))
        return true;
    clerk->claim_at_ms = now_ms + CLERK_LOOK_MS;
    if (!clerk_note(
            clerk, "claim",
            outbox_claim(clerk->outbox, &clerk->setup->policy, most, clerk_deadline(), &letters)))
        return false;
    clerk->nothing_due = letters.count == 0;
    hand_over(clerk->mailer, letters);
    return true;
}

/* --- to the list --- */

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

bool clerk_claim_for_list(struct clerk *clerk) {
    struct outbox_letters letters = {NULL, 0};
    int64_t now_ms = clock_monotonic_ms();
    int most = room_for_list(clerk);
    if (most <= 0 || now_ms < clerk->list_at_ms)
        return true;
    const struct mailings_claim wanted = {keypair_public(clerk->setup->pair),
                                          clerk->setup->policy.lease_s, most,
                                          (int)clerk->setup->settings.mail_list_per_minute};
    if (!clerk_note(clerk, "list claim",
                    mailings_claim(clerk->pg, &wanted, clerk_deadline(), &letters)))
        return false;
    clerk->list_at_ms = letters.count == 0 ? now_ms + CLERK_LOOK_MS : 0;
    clerk->list_in_hand += (int)letters.count;
    hand_over(clerk->mailer, letters);
    return true;
}

bool clerk_gather(struct clerk *clerk) {
    int64_t now_ms = clock_monotonic_ms();
    int seen = 0;
    if (now_ms < clerk->gather_at_ms)
        return true;
    bool good = clerk_note(clerk, "gather",
                           mailings_gather(clerk->pg, GATHER_ROWS, clerk_deadline(), &seen));
    clerk->gather_at_ms = now_ms + (seen > 0   ? GATHER_STEP_MS
                                    : seen < 0 ? GATHER_SOON_MS
                                               : GATHER_MS);
    return good;
}
