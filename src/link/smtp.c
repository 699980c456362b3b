#include "link/smtp.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include <curl/curl.h>

#include "base/clock.h"

enum { ADDRESS_MAX = 254, URL_MAX = 600, SLOW_BYTES_S = 10, WAIT_MAX_MS = 1000 };

struct slot {
    CURL *easy;
    struct curl_slist *to;      /* libcurl keeps no copy */
    struct smtp_letter *letter; /* NULL: free */
    size_t given;               /* bytes that libcurl has asked for */
    bool done;
};

struct smtp {
    CURLM *multi;
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

static void see_command(struct smtp_letter *letter, const char *data, size_t len) {
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        size_t size = strlen(commands[i].word);
        if (len > size && strncasecmp(data, commands[i].word, size) == 0) {
            letter->step = commands[i].step;
            letter->code = 0;
        }
    }
}

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

/* "250 2.1.0 text" or "250-text": the code of the answer to the last command. */
static void see_answer(struct smtp_letter *letter, const char *data, size_t len) {
    if (len >= 3 && is_digit(data[0]) && is_digit(data[1]) && is_digit(data[2])) {
        letter->code = (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
        bool enhanced =
            len >= 8 && data[4] == data[0] && data[5] == '.' && is_digit(data[6]) && data[7] == '.';
        letter->subject = enhanced ? data[6] - '0' : 0;
    }
}

/* libcurl has no other way to learn which command was refused. */
static int see(CURL *easy, curl_infotype type, char *data, size_t len, void *context) {
    struct slot *slot = context;
    (void)easy;
    if (slot->letter && type == CURLINFO_HEADER_OUT) {
        see_command(slot->letter, data, len);
    } else if (slot->letter && type == CURLINFO_HEADER_IN) {
        see_answer(slot->letter, data, len);
    }
    return 0;
}

static size_t give(char *out, size_t size, size_t items, void *context) {
    struct slot *slot = context;
    struct text data = slot->letter->data;
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

/* --- life --- */

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

/* libcurl's own limits are none. */
static bool set_limits(CURL *easy, const struct smtp_options *options) {
    long slow_s = options->timeout_ms / 2000 > 0 ? options->timeout_ms / 2000 : 1;
    return curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, (long)options->timeout_ms) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, (long)options->timeout_ms) ==
               CURLE_OK &&
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

static bool open_slot(struct slot *slot, const struct smtp_options *options) {
    slot->easy = curl_easy_init();
    return slot->easy && set_place(slot->easy, options) && set_security(slot->easy, options) &&
           set_limits(slot->easy, options) && set_calls(slot->easy, slot);
}

struct smtp *smtp_new(const struct smtp_options *options) {
    size_t count = (size_t)options->connections;
    struct smtp *smtp = calloc(1, sizeof *smtp + count * sizeof smtp->slots[0]);
    if (!smtp) {
        return NULL;
    }
    smtp->count = count;
    bool opened = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
    smtp->multi = opened ? curl_multi_init() : NULL;
    opened =
        smtp->multi &&
        curl_multi_setopt(smtp->multi, CURLMOPT_MAXCONNECTS, (long)count) == CURLM_OK &&
        curl_multi_setopt(smtp->multi, CURLMOPT_MAX_TOTAL_CONNECTIONS, (long)count) == CURLM_OK;
    for (size_t i = 0; opened && i < count; i++) {
        opened = open_slot(&smtp->slots[i], options);
    }
    if (!opened) {
        smtp_free(&smtp);
    }
    return smtp;
}

void smtp_free(struct smtp **smtp) {
    if (!*smtp) {
        return;
    }
    for (size_t i = 0; i < (*smtp)->count; i++) {
        struct slot *slot = &(*smtp)->slots[i];
        if (slot->letter && !slot->done) {
            curl_multi_remove_handle((*smtp)->multi, slot->easy);
        }
        slot->letter = NULL;
        curl_easy_cleanup(slot->easy);
        curl_slist_free_all(slot->to);
    }
    curl_multi_cleanup((*smtp)->multi);
    free(*smtp);
    *smtp = NULL;
}

/* --- a letter --- */

/* Printable ASCII without what ends or begins an address: CR and LF would be commands of their own,
 * and a server that knows no SMTPUTF8 must not get anything else. */
static bool is_address(const char *address) {
    size_t len = strlen(address), ats = 0;
    for (size_t i = 0; i < len; i++) {
        if (address[i] <= ' ' || address[i] > '~' || strchr("<>()[]\\,;:\"", address[i])) {
            return false;
        }
        ats += address[i] == '@';
    }
    return ats == 1 && len <= ADDRESS_MAX && address[0] != '@' && address[len - 1] != '@';
}

static struct slot *free_slot(struct smtp *smtp) {
    for (size_t i = 0; i < smtp->count; i++) {
        if (!smtp->slots[i].letter) {
            return &smtp->slots[i];
        }
    }
    return NULL;
}

static bool address_slot(struct slot *slot, const struct smtp_letter *letter, bool fresh) {
    CURL *easy = slot->easy;
    curl_slist_free_all(slot->to);
    slot->to = curl_slist_append(NULL, letter->to);
    return slot->to && curl_easy_setopt(easy, CURLOPT_MAIL_FROM, letter->from) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_MAIL_RCPT, slot->to) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_INFILESIZE_LARGE, (curl_off_t)letter->data.len) ==
               CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, fresh ? 1L : 0L) == CURLE_OK;
}

enum status smtp_put(struct smtp *smtp, struct smtp_letter *letter, bool fresh) {
    struct slot *slot = free_slot(smtp);
    if (!slot) {
        return ST_BUSY;
    }
    letter->step = SMTP_AT_CONNECT;
    letter->end = SMTP_BAD_ADDRESS;
    letter->code = letter->subject = 0;
    letter->what = "";
    letter->reused = false;
    slot->given = 0;
    slot->letter = letter;
    slot->done = true;
    smtp->in_flight++;
    if (!is_address(letter->to) || !is_address(letter->from)) {
        return ST_OK;
    }
    letter->end = SMTP_BROKEN;
    letter->what = "out of memory";
    slot->done = !address_slot(slot, letter, fresh) ||
                 curl_multi_add_handle(smtp->multi, slot->easy) != CURLM_OK;
    return ST_OK;
}

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
    case CURLE_LOGIN_DENIED:
        return SMTP_LOGIN;
    default:
        break;
    }
    /* Told to go away (421) while something else was expected is no answer to the letter. */
    return letter->code >= 400 && letter->code < 600 ? SMTP_ANSWERED : SMTP_BROKEN;
}

static void finish(struct slot *slot, CURLcode result) {
    long connects = 0;
    curl_easy_getinfo(slot->easy, CURLINFO_NUM_CONNECTS, &connects);
    slot->letter->end = end_of(result, slot->letter);
    slot->letter->what = curl_easy_strerror(result);
    slot->letter->reused = connects == 0;
    slot->done = true;
}

static bool collect(struct smtp *smtp) {
    bool any = false;
    int left = 0;
    CURLMsg *message;
    while ((message = curl_multi_info_read(smtp->multi, &left)) != NULL) {
        struct slot *slot = NULL;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **)&slot);
        curl_multi_remove_handle(smtp->multi, easy);
        finish(slot, result);
        any = true;
    }
    return any;
}

static bool has_done(const struct smtp *smtp) {
    for (size_t i = 0; i < smtp->count; i++) {
        if (smtp->slots[i].letter && smtp->slots[i].done) {
            return true;
        }
    }
    return false;
}

void smtp_wait(struct smtp *smtp, int64_t deadline_ms) {
    int running = 0;
    curl_multi_perform(smtp->multi, &running);
    if (collect(smtp) || has_done(smtp)) {
        return;
    }
    int left_ms = clock_left_ms(deadline_ms);
    curl_multi_poll(smtp->multi, NULL, 0, left_ms < WAIT_MAX_MS ? left_ms : WAIT_MAX_MS, NULL);
    curl_multi_perform(smtp->multi, &running);
    collect(smtp);
}

struct smtp_letter *smtp_take(struct smtp *smtp) {
    for (size_t i = 0; i < smtp->count; i++) {
        struct slot *slot = &smtp->slots[(smtp->next + i) % smtp->count];
        if (slot->letter && slot->done) {
            struct smtp_letter *letter = slot->letter;
            slot->letter = NULL;
            smtp->in_flight--;
            smtp->next = (smtp->next + i) % smtp->count;
            return letter;
        }
    }
    return NULL;
}

size_t smtp_in_flight(const struct smtp *smtp) {
    return smtp->in_flight;
}
