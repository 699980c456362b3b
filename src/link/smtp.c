#include "link/smtp.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "link/mime.h"

enum { URL_MAX = 600, SLOW_BYTES_S = 10 };

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
    bool fresh, warm, leaving; /* warm: kept; leaving: what is said now answers QUIT */
    bool wants_login, logged_in;
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

/* --- what is said --- */

/* Commands in the order of a session; what begins otherwise (EHLO) is part of connecting. */
static const struct {
    const char *word;
    enum smtp_step step;
} commands[] = {{"STARTTLS", SMTP_AT_TLS},
                {"AUTH", SMTP_AT_LOGIN},
                {"MAIL", SMTP_AT_SENDER},
                {"RCPT", SMTP_AT_RECIPIENT},
                {"DATA", SMTP_AT_DATA}};

static bool says(const char *data, size_t len, const char *word) {
    return len >= strlen(word) && strncasecmp(data, word, strlen(word)) == 0;
}

static void see_command(struct slot *slot, const char *data, size_t len) {
    struct smtp_letter *letter = slot->letter;
    slot->leaving = slot->leaving || says(data, len, "QUIT");
    if (says(data, len, "EHLO") || says(data, len, "HELO"))
        slot->logged_in = false;
    if (says(data, len, "AUTH"))
        slot->logged_in = true;
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (says(data, len, commands[i].word)) {
            letter->step = commands[i].step;
            letter->code = 0;
            letter->no_relay = false;
        }
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* " 554 ", " 550-": behind the first one it is another server's, repeated. */
static bool is_code(const char *data, size_t len) {
    return len >= 5 && data[0] == ' ' && (data[1] == '4' || data[1] == '5') && is_digit(data[2]) &&
           is_digit(data[3]) && (data[4] == ' ' || data[4] == '-');
}

/* Postfix, Exim, Sendmail and Exchange. With its spaces it is in no address that the server
 * repeats. A server that has asked the recipient's ("... said: 554 5.7.1 relaying denied") speaks
 * of that mailbox: else whoever has a mail server and signs could stop the queue. */
static bool says_no_relay(const char *data, size_t len) {
    static const char *const words[] = {"relay access denied", "relay not permitted",
                                        "relaying denied", "unable to relay"};
    for (size_t at = 0; at < len && !is_code(data + at, len - at); at++)
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (says(data + at, len - at, words[i]))
                return true;
    return false;
}

/* "250 2.1.0 text" or "250-text": the code of the answer to the last command. */
static void see_answer(struct smtp_letter *letter, const char *data, size_t len) {
    if (len >= 3 && is_digit(data[0]) && is_digit(data[1]) && is_digit(data[2])) {
        letter->code = (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
        bool enhanced =
            len >= 8 && data[4] == data[0] && data[5] == '.' && is_digit(data[6]) && data[7] == '.';
        letter->subject = enhanced ? data[6] - '0' : 0;
        letter->no_relay = letter->no_relay || says_no_relay(data, len);
    }
}

/* libcurl has no other way to learn which command was refused. */
static int see(CURL *easy, curl_infotype type, char *data, size_t len, void *context) {
    struct slot *slot = context;
    (void)easy;
    if (type == CURLINFO_HEADER_OUT)
        see_command(slot, data, len);
    else if (type == CURLINFO_HEADER_IN && !slot->leaving)
        see_answer(slot->letter, data, len);
    return 0;
}

/* libcurl goes on without a login where the server offers none. What the server says then is about
 * strangers, and no answer to our letter. */
static bool is_stranger(const struct slot *slot) {
    return slot->wants_login && !slot->logged_in && slot->letter->step >= SMTP_AT_SENDER;
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

/* --- how it is said --- */

static bool set_security(CURL *easy, const struct smtp_options *options) {
    long use = options->tls == SMTP_PLAIN ? CURLUSESSL_NONE : CURLUSESSL_ALL;
    return curl_easy_setopt(easy, CURLOPT_USE_SSL, use) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, 2L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2) == CURLE_OK &&
           (!options->ca_file ||
            (curl_easy_setopt(easy, CURLOPT_CAINFO, options->ca_file) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_CAPATH, NULL) == CURLE_OK)) &&
           (!options->user ||
            (curl_easy_setopt(easy, CURLOPT_USERNAME, options->user) == CURLE_OK &&
             curl_easy_setopt(easy, CURLOPT_PASSWORD, options->password) == CURLE_OK));
}

/* libcurl's own limits are none, or two minutes for an answer. */
static bool set_limits(CURL *easy, const struct smtp_options *options) {
    long slow_s = options->timeout_ms / 2000 > 0 ? options->timeout_ms / 2000 : 1;
    long answer_s = (options->timeout_ms + 999) / 1000;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->timeout_ms) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_SERVER_RESPONSE_TIMEOUT, answer_s) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_LIMIT, (long)SLOW_BYTES_S) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_LOW_SPEED_TIME, slow_s) == CURLE_OK;
}

/* EHLO says what stands as the path. */
static bool set_place(CURL *easy, const struct smtp_options *options) {
    char url[URL_MAX];
    int len =
        snprintf(url, sizeof url, "%s://%s/%s", options->tls == SMTP_IMPLICIT ? "smtps" : "smtp",
                 options->server, options->hello);
    return len > 0 && (size_t)len < sizeof url &&
           curl_easy_setopt(easy, CURLOPT_URL, url) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PROXY, "") == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAXCONNECTS, 1L) == CURLE_OK && /* not one that is full */
           curl_easy_setopt(easy, CURLOPT_UPLOAD, 1L) == CURLE_OK;
}

static bool set_calls(CURL *easy, struct slot *slot) {
    return curl_easy_setopt(easy, CURLOPT_READFUNCTION, give) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_READDATA, slot) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, swallow) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, see) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGDATA, slot) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_PRIVATE, slot) == CURLE_OK;
}

/* --- a letter --- */

static enum smtp_end end_of(CURLcode result, const struct smtp_letter *letter) {
    switch ((int)result) {
    case CURLE_OK:
        return SMTP_DONE;
    case CURLE_USE_SSL_FAILED:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_ISSUER_ERROR:
    case CURLE_SSL_CACERT_BADFILE:
    case CURLE_SSL_INVALIDCERTSTATUS:
    case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
        return SMTP_INSECURE;
    case CURLE_LOGIN_DENIED: /* also for "not now" (454, 421), which is no refusal */
        return letter->code / 100 == 4 ? SMTP_ANSWERED : SMTP_LOGIN;
    default:
        break;
    }
    /* Told to go away (421) while something else was expected is no answer to the letter. */
    return letter->code >= 400 && letter->code < 600 ? SMTP_ANSWERED : SMTP_BROKEN;
}

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
    slot->leaving = false;
    /* CR and LF would be commands of their own, and SMTPUTF8 is not asked for. */
    if (!mime_address_valid(text_of(letter->to)) || !mime_address_valid(text_of(letter->from)))
        return;
    CURLcode result = address_slot(slot) ? curl_easy_perform(slot->easy) : CURLE_OUT_OF_MEMORY;
    curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connects);
    letter->end = is_stranger(slot) ? SMTP_LOGIN : end_of(result, letter);
    letter->what = is_stranger(slot) ? "the server offers no login" : curl_easy_strerror(result);
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
    if (!slot->easy || !set_place(slot->easy, options) || !set_security(slot->easy, options) ||
        !set_limits(slot->easy, options) || !set_calls(slot->easy, slot))
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

static void close_slot(struct slot *slot) {
    if (slot->started)
        pthread_join(slot->thread, NULL);
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
