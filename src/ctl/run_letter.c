#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/letter.h"
#include "core/verp.h"
#include "ctl/run.h"
#include "link/mime.h"

enum { FACTS_MAX = 64 * 1024, NAME_MAX_BYTES = 128 };

/* ---- facts -------------------------------------------------------------------------------------
 */

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

/* ---- the message -------------------------------------------------------------------------------
 */

/* The addresses are examples: the mailer has its own from the configuration. */
static enum outcome write_eml(const struct letter_facts *facts,
                              const struct letter_rendered *rendered, struct buffer *out) {
    static const uint8_t hash[32] = "countersign letter preview 32 b";
    const struct text domain = text_of("example.org");
    char mailto[VERP_MAX], unsubscribe[NAME_MAX_BYTES * 4], list_id[NAME_MAX_BYTES];
    bool asks = letter_asks(facts->kind);
    verp_write(VERP_UNSUBSCRIBE, 0, hash, domain, mailto);
    snprintf(unsubscribe, sizeof unsubscribe, "%.*s/u/%.*s", (int)facts->base_url.len,
             facts->base_url.data, (int)facts->token.len, facts->token.data);
    snprintf(list_id, sizeof list_id, "%.*s.example.org", (int)facts->slug.len, facts->slug.data);
    struct mime_letter letter = {
        .from_name = buffer_text(&rendered->sender),
        .from_address = text_of("petitions@example.org"),
        .to = text_of("signer@example.org"),
        .subject = buffer_text(&rendered->subject),
        .text = buffer_text(&rendered->text),
        .html = buffer_text(&rendered->html),
        .language = rendered->language,
        .message_id = text_of("preview@example.org"),
        .date_s = clock_unix_ms() / 1000,
        .feedback_id = text_of("preview:countersign"),
        .list_id = text_of(list_id),
        .list_unsubscribe_url = text_of(asks ? NULL : unsubscribe),
        .list_unsubscribe_mailto = text_of(asks ? NULL : mailto),
    };
    if (mime_write(&letter, out) == ST_OK) {
        return OUTCOME_DONE;
    }
    context_say("a fact holds what cannot stand in a header: a line end, a control character");
    return OUTCOME_WRONG;
}

static enum outcome write_file(struct context *context, const char *name, struct text content) {
    const char *folder = options_find(&context->options, "--out");
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct output file;
    if (fd < 0) {
        context_say("%s: %s", path, strerror(errno));
        return OUTCOME_WRONG;
    }
    output_init(&file, fd);
    output_text(&file, content);
    bool written = output_flush(&file);
    if (!written) {
        context_say("%s: %s", path, strerror(file.error));
    }
    output_done(&file);
    close(fd);
    output_printf(&context->out, "%s\n", path);
    return written ? OUTCOME_DONE : OUTCOME_AWAY;
}

static enum outcome write_both(struct context *context, const struct letter_facts *facts,
                               const struct letter_rendered *rendered, struct text eml) {
    const char *folder = options_find(&context->options, "--out");
    char name[NAME_MAX_BYTES];
    if (folder == NULL) {
        output_text(&context->out, eml);
        return OUTCOME_DONE;
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        context_say("%s: %s", folder, strerror(errno));
        return OUTCOME_WRONG;
    }
    const char *kind = letter_kind_name(facts->kind);
    int len = (int)rendered->language.len;
    snprintf(name, sizeof name, "%s.%.*s.eml", kind, len, rendered->language.data);
    enum outcome outcome = write_file(context, name, eml);
    if (outcome == OUTCOME_DONE) {
        snprintf(name, sizeof name, "%s.%.*s.html", kind, len, rendered->language.data);
        outcome = write_file(context, name, buffer_text(&rendered->html));
    }
    return outcome;
}

/* ---- the command -------------------------------------------------------------------------------
 */

static enum outcome preview(struct context *context, const struct letters *letters,
                            const struct letter_facts *facts) {
    struct letter_rendered rendered;
    struct buffer eml;
    enum status status = letter_render(letters, facts, &rendered);
    if (status != ST_OK) {
        context_say(status == ST_INVALID
                        ? "a fact is none: base_url is an origin, slug a slug, title not empty, "
                          "organization_url and privacy_url are pages"
                        : "the letter is larger than a letter may be, or memory is out");
        return OUTCOME_WRONG;
    }
    buffer_init(&eml, MIME_MAX);
    enum outcome outcome = write_eml(facts, &rendered, &eml);
    if (outcome == OUTCOME_DONE) {
        outcome = write_both(context, facts, &rendered, buffer_text(&eml));
    }
    buffer_done(&eml);
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
        context_say("a letter is one of confirm, thanks, already, reminder, page");
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
