/* The words of a letter to the list: from a file, or as a petition has them. */
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/mailing_file.h"
#include "ctl/faults.h"
#include "ctl/mailing_parts.h"
#include "ctl/mailing_say.h"
#include "ctl/run.h"
#include "ctl/sealer.h"
#include "store/petitions.h"

enum { FILE_MAX = 4 << 20 };

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
    return mailing_say_state(context, name, &state);
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
