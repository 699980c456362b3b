/* Letters to the list: put, send, pause, cancel, status. `letter preview` and `letter test` are in
 * run_mailing_look.c. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "core/json.h"
#include "core/mailing_file.h"
#include "ctl/faults.h"
#include "ctl/mailing_audience.h"
#include "ctl/mailing_parts.h"
#include "ctl/run.h"
#include "ctl/sealer.h"
#include "store/petitions.h"

enum {
    FILE_MAX = 4 << 20,
    RATE_MAX = 1000000,
    TRIAL = 10,
    TRIAL_HOURS = 24,
    TRIAL_HOURS_MAX = 720
};

static enum outcome no_letter(const char *name) {
    context_say("no letter %.64s; `countersign letter status` lists them", name);
    return OUTCOME_NO;
}

static enum outcome say_state(struct context *context, const char *name,
                              const struct mailings_state *state) {
    if (context->json) {
        output_json(&context->out, json_pack("{s:s, s:s}", "name", name, "state", state->word));
    } else {
        output_printf(&context->out, "%s %s\n", name, state->word);
    }
    return OUTCOME_DONE;
}

/* --- put --- */

static enum outcome check(struct context *context, const char *name, struct text file,
                          struct text *json) {
    struct problems problems = {.problem = PROBLEM_NONE};
    char why[MAILING_WHY];
    enum status status = mailing_file_check(file, context->arena, json, &problems);
    if (status == ST_INVALID) {
        faults_say(name, file, &problems);
        return OUTCOME_WRONG;
    }
    if (status == ST_OK) {
        status = mailing_file_render(*json, context->arena, json, why);
    }
    if (status == ST_INVALID) {
        fprintf(stderr, "%s: %s\n", name, why);
        return OUTCOME_WRONG;
    }
    if (status != ST_OK) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

static const char *member_in(struct context *context, struct text json, const char *member) {
    json_t *mailing = json_loadb(json.data, json.len, 0, NULL);
    const char *value = json_string_value(json_object_get(mailing, member));
    struct text kept = arena_copy(context->arena, text_of(value));
    json_decref(mailing);
    return kept.data != NULL ? kept.data : "";
}

/* As mailers will make it. */
static enum outcome check_made(struct context *context, const char *name, struct text json) {
    struct mailing_parts parts;
    struct mailing mailing;
    enum outcome outcome = mailing_parts_open(context, &parts);
    if (outcome == OUTCOME_DONE && mailing_file_read(json, context->arena, &mailing) != ST_OK) {
        context_say("out of memory");
        outcome = OUTCOME_AWAY;
    }
    if (outcome == OUTCOME_DONE) {
        struct text slug = text_of(member_in(context, json, "petition"));
        outcome = mailing_parts_check(context, &parts, &mailing,
                                      mailing_parts_petition(&parts, slug), name);
    }
    mailing_parts_done(&parts);
    return outcome;
}

/* The key of its readers' links, which workers make from the same index key, for the mailers. */
static enum outcome add_link_box(struct context *context, struct text *json) {
    struct blind_keys *keys = NULL;
    uint8_t key[BLIND_OWN_SIZE];
    char box[SEALER_KEY_TEXT + 1];
    enum outcome outcome = context_index_keys(context, &keys);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    blind_links(keys, key);
    blind_keys_free(&keys);
    outcome = sealer_key(context, key, box);
    explicit_bzero(key, sizeof key);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    json_t *mailing = json_loadb(json->data, json->len, 0, NULL);
    json_object_set_new(mailing, "link_box", json_string(box));
    enum status status = json_store(mailing, FILE_MAX * 2, context->arena, json);
    json_decref(mailing);
    return status == ST_OK ? OUTCOME_DONE : OUTCOME_AWAY;
}

/* `file`: what it is told as where it cannot be. */
static enum outcome store(struct context *context, const char *file, struct text json) {
    struct mailings_state state = {""};
    const char *name = member_in(context, json, "name");
    enum outcome outcome = check_made(context, file, json);
    if (outcome == OUTCOME_DONE) {
        outcome = add_link_box(context, &json);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = mailings_put(context->pg, json, context_soon(), &state);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (strcmp(state.word, "no petition") == 0) {
        context_say("the letter's petition is none; `countersign petition list` lists them");
        return OUTCOME_NO;
    }
    if (strcmp(state.word, "draft") != 0) {
        context_say("%s is %s: its words stay; put others under another name", name, state.word);
        return OUTCOME_NO;
    }
    return say_state(context, name, &state);
}

enum outcome run_letter_put(struct context *context) {
    const char *path = context->options.arguments[0];
    struct text json = {NULL, 0};
    struct buffer file;
    enum outcome outcome = context_read(path, FILE_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    outcome = check(context, context_path_name(path), buffer_text(&file), &json);
    buffer_done(&file);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    return outcome == OUTCOME_DONE ? store(context, context_path_name(path), json) : outcome;
}

/* --- from a petition --- */

static json_t *words_of(const json_t *text) {
    json_t *words = json_object();
    json_object_set(words, "subject", json_object_get(text, "title"));
    json_object_set(words, "tag_line", json_object_get(text, "tag_line"));
    json_object_set(words, "letter", json_object_get(text, "letter"));
    return words;
}

static json_t *letter_of(const json_t *petition, const char *name) {
    json_t *letter = words_of(petition), *translations = json_object(), *text;
    const char *language;
    json_object_set_new(letter, "name", json_string(name));
    json_object_set(letter, "petition", json_object_get(petition, "slug"));
    json_object_set(letter, "language", json_object_get(petition, "language"));
    json_object_foreach(json_object_get(petition, "translations"), language, text) {
        json_object_set_new(translations, language, words_of(text));
    }
    json_object_set_new(letter, "translations", translations);
    return letter;
}

static enum outcome put_from(struct context *context, struct text petition, const char *name) {
    struct text json = {NULL, 0};
    struct buffer file;
    json_t *object = json_loadb(petition.data, petition.len, 0, NULL);
    json_t *letter = letter_of(object, name);
    buffer_init(&file, FILE_MAX);
    json_write(letter, &file);
    enum outcome outcome = check(context, name, buffer_text(&file), &json);
    json_decref(letter);
    json_decref(object);
    buffer_done(&file);
    return outcome == OUTCOME_DONE ? store(context, name, json) : outcome;
}

enum outcome run_letter_from_petition(struct context *context) {
    const char *slug = context->options.arguments[0];
    const char *name = options_find(&context->options, "--name");
    struct text petition = {NULL, 0};
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status =
        petitions_show(context->pg, text_of(slug), context->arena, context_soon(), &petition);
    if (status != ST_OK) {
        return status == ST_NOT_FOUND ? context_no_petition(slug)
                                      : context_database_failed(context, status);
    }
    return put_from(context, petition, name != NULL ? name : slug);
}

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
        return no_letter(name);
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
    return say_state(context, name, state);
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
    buffer_init(&json, FILE_MAX);
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
        return no_letter(name);
    }
    if (strcmp(state.word, to) != 0) {
        context_say("%s is %s and cannot become %s", name, state.word, to);
        return OUTCOME_NO;
    }
    return say_state(context, name, &state);
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
