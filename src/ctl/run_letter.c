#include <stdio.h>
#include <string.h>

#include "core/letter.h"
#include "ctl/letter_files.h"
#include "ctl/run.h"

enum { FACTS_MAX = 64 * 1024 };

/* --- facts --- */

/* What a preview says where --facts says nothing. */
static const struct letter_facts sample = {
    .base_url = {"https://sign.example.org", 24},
    .slug = {"night-buses", 11},
    .title = {"Night buses for every village", 29},
    .addressee = {"the regional council", 20},
    .organization_name = {"Buses for All", 13},
    .organization_url = {"https://buses.example.org/", 26},
    .privacy_url = {"https://buses.example.org/privacy", 33},
    .given_name = {"Maria", 5},
    .family_name = {"Silva", 5},
    .token = {"AAPREVIEW0PREVIEW0PREVIEW0PREVIEW0PREVIEW0PREV", 46},
    .leave = {"previewpreviewpreviewpreviewa", 29},
};

struct fact {
    const char *name;
    size_t offset;
};

#define FACT(name)                                                                                 \
    { #name, offsetof(struct letter_facts, name) }

static const struct fact fact_table[] = {FACT(base_url),
                                         FACT(slug),
                                         FACT(title),
                                         FACT(addressee),
                                         FACT(organization_name),
                                         FACT(organization_url),
                                         FACT(privacy_url),
                                         FACT(given_name),
                                         FACT(family_name),
                                         FACT(subscribe)};

static struct text *fact_at(struct letter_facts *facts, const char *name) {
    for (size_t i = 0; i < sizeof fact_table / sizeof fact_table[0]; i++) {
        if (strcmp(name, fact_table[i].name) == 0) {
            return (struct text *)(void *)((char *)facts + fact_table[i].offset);
        }
    }
    return NULL;
}

static enum outcome take_facts(json_t *object, const char *path, struct letter_facts *facts,
                               struct arena *arena) {
    const char *name;
    json_t *value;
    json_object_foreach(object, name, value) {
        struct text *fact = fact_at(facts, name);
        if (fact == NULL || !json_is_string(value)) {
            context_say("%s: %.64s: %s", path, name,
                        fact == NULL ? "there is no such fact" : "not a string");
            return OUTCOME_WRONG;
        }
        *fact = arena_copy(arena, text_span(json_string_value(value), json_string_length(value)));
        if (fact->data == NULL) {
            context_say("out of memory");
            return OUTCOME_AWAY;
        }
    }
    return OUTCOME_DONE;
}

static enum outcome read_facts(struct context *context, struct letter_facts *facts) {
    const char *path = options_find(&context->options, "--facts");
    struct buffer file;
    json_error_t error;
    if (path == NULL) {
        return OUTCOME_DONE;
    }
    enum outcome outcome = context_read(path, FACTS_MAX, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    json_t *object = json_loadb(file.len > 0 ? file.data : "", file.len, JSON_ALLOW_NUL, &error);
    if (!json_is_object(object)) {
        context_say("%s: not a JSON object", context_path_name(path));
        outcome = OUTCOME_WRONG;
    } else {
        outcome = take_facts(object, context_path_name(path), facts, context->arena);
    }
    json_decref(object);
    buffer_done(&file);
    return outcome;
}

/* --- the command --- */

static enum outcome preview(struct context *context, const struct letters *letters,
                            const struct letter_facts *facts) {
    struct letter_rendered rendered;
    enum status status = letter_render(letters, facts, &rendered);
    if (status != ST_OK) {
        context_say(status == ST_INVALID
                        ? "a fact is none: base_url is an origin, slug a slug, title not empty, "
                          "organization_url and privacy_url are pages"
                        : "the letter is larger than a letter may be, or memory is out");
        return OUTCOME_WRONG;
    }
    const struct letter_files files = {.stem = letter_kind_name(facts->kind),
                                       .list = facts->slug,
                                       .base_url = facts->base_url,
                                       .leave =
                                           letter_asks(facts->kind) ? text_of(NULL) : facts->leave};
    enum outcome outcome = letter_files_write(context, &files, &rendered);
    letter_rendered_done(&rendered);
    return outcome;
}

enum outcome run_letter_preview(struct context *context) {
    struct letter_facts facts = sample;
    struct source_fault fault;
    struct letters *letters = NULL;
    facts.kind = letter_kind_find(text_of(context->options.arguments[0]));
    facts.language = text_of(options_find(&context->options, "--language"));
    if (letter_kind_name(facts.kind) == NULL) {
        return run_letter_look(context);
    }
    if (facts.language.data == NULL) {
        context_say("which language? --language en");
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_settings(context, SETTINGS_TABLE);
    if (outcome == OUTCOME_DONE) {
        outcome = read_facts(context, &facts);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (letters_open(context->settings.shipped_letters_folder, context->settings.letters_folder,
                     &letters, &fault) != ST_OK) {
        context_say("%s", fault.message);
        return OUTCOME_WRONG;
    }
    outcome = preview(context, letters, &facts);
    letters_free(&letters);
    return outcome;
}
