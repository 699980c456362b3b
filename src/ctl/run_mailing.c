/* A letter to the list that is sent, and what may be done to it then. */
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "ctl/mailing_audience.h"
#include "ctl/mailing_parts.h"
#include "ctl/mailing_say.h"
#include "ctl/run.h"

enum {
    AUDIENCE_MAX = 4 << 20,
    RATE_MAX = 1000000,
    TRIAL = 10,
    TRIAL_HOURS = 24,
    TRIAL_HOURS_MAX = 720
};

/* --- send --- */

/* The numbers of a sending; *out keeps what is not given. */
static bool read_number(const struct context *context, const char *option, int most, int *out) {
    const char *words = options_find(&context->options, option);
    unsigned long long number = 0;
    if (words == NULL) {
        return true;
    }
    if (!text_to_u64(text_of(words), &number) || number == 0 || number > (unsigned)most) {
        context_say("%s is a number from 1 to %d", option, most);
        return false;
    }
    *out = (int)number;
    return true;
}

static bool read_numbers(const struct context *context, struct mailings_sending *out) {
    return read_number(context, "--rate", RATE_MAX, &out->rate) &&
           read_number(context, "--warm-up", RATE_MAX, &out->warm_up) &&
           read_number(context, "--trial", 100, &out->trial) &&
           read_number(context, "--trial-hours", TRIAL_HOURS_MAX, &out->trial_hours);
}

static enum outcome say_sending(struct context *context, const char *name,
                                const struct mailings_state *state) {
    if (state->word[0] == '\0') {
        return mailing_say_none(name);
    }
    if (strcmp(state->word, "petition not open") == 0) {
        context_say("the petition is not open: nobody could sign");
        return OUTCOME_NO;
    }
    if (strcmp(state->word, "time is past") == 0) {
        context_say("--at is past (or never): without it the letter goes at once");
        return OUTCOME_WRONG;
    }
    if (strcmp(state->word, "sending already") == 0) {
        context_say("%s is being sent, as it was asked for first", name);
        return OUTCOME_NO;
    }
    if (strcmp(state->word, "sending") != 0) {
        context_say("%s is %s: a letter is sent once; put another for a second one", name,
                    state->word);
        return OUTCOME_NO;
    }
    return mailing_say_state(context, name, state);
}

/* Once more, since the petition may have changed. What is not there is told by the sending. */
static enum outcome check_again(struct context *context, const char *name, const json_t *audience) {
    struct mailing_parts parts;
    enum outcome outcome = mailing_parts_open(context, &parts);
    if (outcome == OUTCOME_DONE) {
        outcome = mailing_audience_check(context, &parts.catalog, audience);
    }
    mailing_parts_find(&parts, name);
    if (outcome == OUTCOME_DONE && parts.mailing != NULL &&
        parts.mailing->texts[0].subjects_count == 1 &&
        (options_has(&context->options, "--trial") ||
         options_has(&context->options, "--trial-hours"))) {
        context_say("%s has one subject: there is nothing to try", name);
        outcome = OUTCOME_WRONG;
    }
    if (outcome == OUTCOME_DONE && parts.petition != NULL) {
        outcome = mailing_parts_check(context, &parts, parts.mailing, parts.petition, name);
    }
    mailing_parts_done(&parts);
    return outcome;
}

static enum outcome send(struct context *context, const char *name, const json_t *audience,
                         struct mailings_sending sending) {
    struct buffer json;
    struct mailings_state state = {""};
    buffer_init(&json, AUDIENCE_MAX);
    json_write(audience, &json);
    sending.name = text_of(name);
    sending.audience = buffer_text(&json);
    sending.at = text_of(options_find(&context->options, "--at"));
    enum status status = mailings_send(context->pg, &sending, context_soon(), &state);
    buffer_done(&json);
    if (status != ST_OK && sending.at.data != NULL &&
        strncmp(pg_sqlstate(context->pg), "22", 2) == 0) {
        context_say("--at is no time with its zone: `2026-12-01 09:00 Europe/Madrid`");
        return OUTCOME_WRONG;
    }
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    return say_sending(context, name, &state);
}

/* Who sends at once from a terminal wants to see it. */
static bool is_watched(const struct context *context) {
    bool at_once = !options_has(&context->options, "--at");
    return options_has(&context->options, "--watch") ||
           (at_once && !context->json && isatty(STDERR_FILENO) == 1);
}

enum outcome run_letter_send(struct context *context) {
    const char *name = context->options.arguments[0];
    struct mailings_sending sending = {.trial = TRIAL, .trial_hours = TRIAL_HOURS};
    sending.local = options_has(&context->options, "--local");
    if (sending.local && !options_has(&context->options, "--at")) {
        context_say("--local is the time of --at, in each country's own zone");
        return OUTCOME_WRONG;
    }
    if (!read_numbers(context, &sending)) {
        return OUTCOME_WRONG;
    }
    json_t *audience = mailing_audience_read(options_find(&context->options, "--audience"));
    if (audience == NULL) {
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_database(context);
    if (outcome == OUTCOME_DONE) {
        outcome = check_again(context, name, audience);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = send(context, name, audience, sending);
    }
    json_decref(audience);
    if (outcome == OUTCOME_DONE && is_watched(context)) {
        outcome = run_letter_watch(context, name);
    }
    return outcome;
}

/* --- pause, resume, cancel --- */

static enum outcome move_to(struct context *context, const char *to) {
    const char *name = context->options.arguments[0];
    struct mailings_state state = {""};
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = mailings_move(context->pg, text_of(name), to, context_soon(), &state);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (state.word[0] == '\0') {
        return mailing_say_none(name);
    }
    if (strcmp(state.word, to) != 0) {
        context_say("%s is %s and cannot become %s", name, state.word, to);
        return OUTCOME_NO;
    }
    return mailing_say_state(context, name, &state);
}

enum outcome run_letter_pause(struct context *context) {
    return move_to(context, "paused");
}

enum outcome run_letter_resume(struct context *context) {
    return move_to(context, "sending");
}

enum outcome run_letter_cancel(struct context *context) {
    return move_to(context, "cancelled");
}
