#include "link/smtp.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <curl/curl.h>

#include "link/mime.h"
#include "smtp_setup.h"
#include "smtp_talk.h"

enum slot_state { SLOT_FREE, SLOT_GIVEN, SLOT_DONE };

/* A connection and its thread: libcurl waits for the last answer to a letter, and for that to QUIT,
 * without letting others work, in its multi interface too. */
struct slot {
    struct smtp *smtp;
    pthread_t thread;
    bool started;
    CURL *easy;
    struct curl_slist *to; /* libcurl keeps no copy */
    enum slot_state state; /* under the lock */
    struct smtp_letter *letter;
    struct smtp_talk talk;
    bool fresh, warm; /* warm: kept */
    bool wants_login;
    size_t given; /* bytes that libcurl has asked for */
    pthread_cond_t work;
};

struct smtp {
    pthread_mutex_t lock;
    pthread_cond_t done;
    atomic_bool ending;
    size_t count, in_flight;
    size_t next; /* where smtp_take looks first */
    struct slot slots[];
};

/* --- what libcurl asks --- */

/* libcurl goes on without a login where the server offers none. What the server says then is about
 * strangers, and no answer to our letter. */
static bool is_stranger(const struct slot *slot) {
    return slot->wants_login && !slot->talk.logged_in && slot->letter->step >= SMTP_AT_SENDER;
}

static size_t give(char *out, size_t size, size_t items, void *context) {
    struct slot *slot = context;
    struct text data = slot->letter->data;
    if (is_stranger(slot))
        return CURL_READFUNC_ABORT;
    size_t len = data.len - slot->given < size * items ? data.len - slot->given : size * items;
    memcpy(out, data.data + slot->given, len);
    slot->given += len;
    if (slot->given == data.len) {
        slot->letter->step = SMTP_AT_END;
        slot->letter->code = 0;
    }
    return len;
}

static size_t swallow(char *data, size_t size, size_t items, void *context) {
    (void)data;
    (void)context;
    return size * items;
}

static bool set_calls(CURL *easy, struct slot *slot) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, slot) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, slot) == CURLE_OK &&
           smtp_talk_listen(easy, &slot->talk);
}

/* --- a letter --- */

static bool address_slot(struct slot *slot) {
    CURL *easy = slot->easy;
    const struct smtp_letter *letter = slot->letter;
    curl_slist_free_all(slot->to);
    slot->to = curl_slist_append(NULL, letter->to);
    return slot->to && curl_easy_setopt(easy, CURLOPT_MAIL_FROM, letter->from) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, slot->to) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)letter->data.len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, slot->fresh ? 1L : 0L) == CURLE_OK;
}

static void send_letter(struct slot *slot) {
    struct smtp_letter *letter = slot->letter;
    long connects = 0;
    letter->step = SMTP_AT_CONNECT;
    letter->code = letter->subject = 0;
    letter->what = "";
    letter->reused = letter->no_relay = false;
    letter->end = SMTP_BAD_ADDRESS;
    slot->given = 0;
    slot->talk.letter = letter;
    slot->talk.leaving = false;
    /* CR and LF would be commands of their own, and SMTPUTF8 is not asked for. */
    if (!mime_address_valid(text_of(letter->to)) || !mime_address_valid(text_of(letter->from)))
        return;
    CURLcode result = address_slot(slot) ? curl_easy_perform(slot->easy) : CURLE_OUT_OF_MEMORY;
    curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connects);
    smtp_talk_end(&slot->talk, result, is_stranger(slot));
    letter->reused = connects == 0;
    slot->warm = result == CURLE_OK;
}

static void *work(void *context) {
    struct slot *slot = context;
    struct smtp *smtp = slot->smtp;
    pthread_mutex_lock(&smtp->lock);
    while (!atomic_load(&smtp->ending)) {
        if (slot->state != SLOT_GIVEN) {
            pthread_cond_wait(&slot->work, &smtp->lock);
            continue;
        }
        pthread_mutex_unlock(&smtp->lock);
        send_letter(slot);
        pthread_mutex_lock(&smtp->lock);
        slot->state = SLOT_DONE;
        pthread_cond_signal(&smtp->done);
    }
    pthread_mutex_unlock(&smtp->lock);
    return NULL;
}

/* --- life --- */

static bool open_slot(struct smtp *smtp, struct slot *slot, const struct smtp_options *options) {
    slot->smtp = smtp;
    slot->wants_login = options->user != NULL;
    slot->easy = curl_easy_init();
    if (!slot->easy || !smtp_setup(slot->easy, options) || !set_calls(slot->easy, slot))
        return false;
    pthread_cond_init(&slot->work, NULL);
    slot->started = pthread_create(&slot->thread, NULL, work, slot) == 0;
    return slot->started;
}

struct smtp *smtp_new(const struct smtp_options *options) {
    size_t count = (size_t)options->connections;
    struct smtp *smtp = calloc(1, sizeof *smtp + count * sizeof smtp->slots[0]);
    pthread_condattr_t clock;
    if (!smtp)
        return NULL;
    pthread_mutex_init(&smtp->lock, NULL);
    pthread_condattr_init(&clock);
    pthread_condattr_setclock(&clock, CLOCK_MONOTONIC);
    pthread_cond_init(&smtp->done, &clock);
    pthread_condattr_destroy(&clock);
    bool opened = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    while (opened && smtp->count < count)
        opened = open_slot(smtp, &smtp->slots[smtp->count++], options);
    if (!opened)
        smtp_free(&smtp);
    return smtp;
}

/* libcurl says QUIT to a kept connection and waits for the answer, as long as a letter may take: of
 * a server that is mute a minute each. */
static void expect_no_goodbye(CURL *easy) {
    curl_socket_t kept;
    if (curl_easy_getinfo(easy, CURLINFO_ACTIVESOCKET, &kept) == CURLE_OK &&
        kept != CURL_SOCKET_BAD)
        shutdown(kept, SHUT_RD);
}

static void close_slot(struct slot *slot) {
    if (slot->started)
        pthread_join(slot->thread, NULL);
    if (slot->easy)
        expect_no_goodbye(slot->easy);
    curl_easy_cleanup(slot->easy);
    curl_slist_free_all(slot->to);
}

void smtp_free(struct smtp **pointer) {
    struct smtp *smtp = *pointer;
    if (!smtp)
        return;
    pthread_mutex_lock(&smtp->lock);
    atomic_store(&smtp->ending, true);
    for (size_t i = 0; i < smtp->count; i++)
        if (smtp->slots[i].started)
            pthread_cond_signal(&smtp->slots[i].work);
    pthread_mutex_unlock(&smtp->lock);
    for (size_t i = 0; i < smtp->count; i++)
        close_slot(&smtp->slots[i]);
    pthread_mutex_destroy(&smtp->lock);
    free(smtp);
    *pointer = NULL;
}

/* --- from outside --- */

/* A kept connection before a new one: the server may not take more of them. */
static struct slot *find_free(struct smtp *smtp, bool fresh) {
    struct slot *found = NULL;
    for (size_t i = 0; i < smtp->count; i++) {
        struct slot *slot = &smtp->slots[i];
        if (slot->state == SLOT_FREE && (!found || slot->warm == !fresh))
            found = slot;
    }
    return found;
}

enum status smtp_put(struct smtp *smtp, struct smtp_letter *letter, bool fresh) {
    pthread_mutex_lock(&smtp->lock);
    struct slot *slot = find_free(smtp, fresh);
    if (slot) {
        slot->letter = letter;
        slot->fresh = fresh;
        slot->state = SLOT_GIVEN;
        smtp->in_flight++;
        pthread_cond_signal(&slot->work);
    }
    pthread_mutex_unlock(&smtp->lock);
    return slot ? ST_OK : ST_BUSY;
}

static struct slot *find_done(struct smtp *smtp) {
    for (size_t i = 0; i < smtp->count; i++) {
        struct slot *slot = &smtp->slots[(smtp->next + i) % smtp->count];
        if (slot->state == SLOT_DONE)
            return slot;
    }
    return NULL;
}

void smtp_wait(struct smtp *smtp, int64_t deadline_ms) {
    const struct timespec until = {deadline_ms / 1000, deadline_ms % 1000 * 1000000};
    pthread_mutex_lock(&smtp->lock);
    while (!find_done(smtp) && pthread_cond_timedwait(&smtp->done, &smtp->lock, &until) == 0) {
    }
    pthread_mutex_unlock(&smtp->lock);
}

struct smtp_letter *smtp_take(struct smtp *smtp) {
    struct smtp_letter *letter = NULL;
    pthread_mutex_lock(&smtp->lock);
    struct slot *slot = find_done(smtp);
    if (slot) {
        letter = slot->letter;
        slot->state = SLOT_FREE;
        slot->letter = NULL;
        smtp->in_flight--;
        smtp->next = (size_t)(slot - smtp->slots);
    }
    pthread_mutex_unlock(&smtp->lock);
    return letter;
}

size_t smtp_in_flight(const struct smtp *smtp) {
    return smtp->in_flight;
}

size_t smtp_in_use(struct smtp *smtp) {
    size_t count = 0;
    pthread_mutex_lock(&smtp->lock);
    for (size_t i = 0; i < smtp->count; i++)
        count += smtp->slots[i].state != SLOT_FREE || smtp->slots[i].warm;
    pthread_mutex_unlock(&smtp->lock);
    return count;
}
