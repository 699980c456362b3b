#include <string.h>

#include "smtp_setup.h"
#include "smtp_talk.h"

void smtp_try(const struct smtp_options *options, struct smtp_letter *told) {
    struct smtp_talk talk = {.letter = told};
    CURLcode result = CURLE_OUT_OF_MEMORY;
    *told = (struct smtp_letter){.step = SMTP_AT_CONNECT};
    CURL *easy = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK ? curl_easy_init() : NULL;
    /* libcurl makes a connection ready for a letter, and leaves it at that. */
    if (easy && smtp_setup(easy, options) && smtp_talk_listen(easy, &talk) &&
        curl_easy_setopt(easy, CURLOPT_CONNECT_ONLY, 1L) == CURLE_OK)
        result = curl_easy_perform(easy);
    smtp_talk_end(&talk, result, result == CURLE_OK && options->user && !talk.logged_in);
    curl_easy_cleanup(easy);
}

enum smtp_tls smtp_tls_of(const char *word) {
    return strcmp(word, "none") == 0       ? SMTP_PLAIN
           : strcmp(word, "implicit") == 0 ? SMTP_IMPLICIT
                                           : SMTP_STARTTLS;
}
