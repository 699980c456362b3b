#include "smtp_talk.h"

#include <strings.h>
#include <string.h>

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

/* A line of ours. */
static void take_command(struct smtp_talk *talk, const char *data, size_t len) {
    struct smtp_letter *letter = talk->letter;
    talk->leaving = talk->leaving || says(data, len, "QUIT");
    if (says(data, len, "EHLO") || says(data, len, "HELO"))
        talk->logged_in = false;
    if (says(data, len, "AUTH"))
        talk->logged_in = true;
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

/* Postfix, Exim, Sendmail and Exchange; of a sender that they refuse, which is each letter's, many
 * speak at the recipient only. With its spaces it is in no address that the server
 * repeats. A server that has asked the recipient's ("... said: 554 5.7.1 relaying denied") speaks
 * of that mailbox: else whoever has a mail server and signs could stop the queue. */
static bool says_no_relay(const char *data, size_t len) {
    static const char *const words[] = {"relay access denied",     "relay not permitted",
                                        "relaying denied",         "unable to relay",
                                        "sender address rejected", "sender verify failed",
                                        "permissions to send as"};
    for (size_t at = 0; at < len && !is_code(data + at, len - at); at++)
        for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
            if (says(data + at, len - at, words[i]))
                return true;
    return false;
}

/* "250 2.1.0 text" or "250-text": the code of the answer to the last command. */
static void take_answer(const struct smtp_talk *talk, const char *data, size_t len) {
    struct smtp_letter *letter = talk->letter;
    if (!talk->leaving && len >= 3 && is_digit(data[0]) && is_digit(data[1]) && is_digit(data[2])) {
        letter->code = (data[0] - '0') * 100 + (data[1] - '0') * 10 + (data[2] - '0');
        bool enhanced =
            len >= 8 && data[4] == data[0] && data[5] == '.' && is_digit(data[6]) && data[7] == '.';
        letter->subject = enhanced ? data[6] - '0' : 0;
        letter->no_relay = letter->no_relay || (data[0] == '5' && says_no_relay(data, len));
    }
}

/* libcurl has no other way to learn which command was refused. */
static int see(CURL *easy, curl_infotype type, char *data, size_t len, void *context) {
    struct smtp_talk *talk = context;
    (void)easy;
    if (type == CURLINFO_HEADER_OUT)
        take_command(talk, data, len);
    else if (type == CURLINFO_HEADER_IN)
        take_answer(talk, data, len);
    return 0;
}

bool smtp_talk_listen(CURL *easy, struct smtp_talk *talk) {
    return curl_easy_setopt(easy, CURLOPT_VERBOSE, 1L) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGFUNCTION, see) == CURLE_OK &&
           curl_easy_setopt(easy, CURLOPT_DEBUGDATA, talk) == CURLE_OK;
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
    case CURLE_LOGIN_DENIED: /* also for "not now" (454, 421), which is no refusal */
        return letter->code / 100 == 4 ? SMTP_ANSWERED : SMTP_LOGIN;
    default:
        break;
    }
    /* Told to go away (421) while something else was expected is no answer to the letter. */
    return letter->code >= 400 && letter->code < 600 ? SMTP_ANSWERED : SMTP_BROKEN;
}

void smtp_talk_end(const struct smtp_talk *talk, CURLcode result, bool stranger) {
    talk->letter->end = stranger ? SMTP_LOGIN : end_of(result, talk->letter);
    talk->letter->what = stranger ? "the server offers no login" : curl_easy_strerror(result);
}
