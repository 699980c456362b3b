#include "ctl/mailing_parts.h"

#include <stdio.h>
#include <string.h>

/* Of names as a signer may type them: a hundred characters of four bytes. */
enum { NAME_CHARACTERS = 100, PASS_BYTES = 512 };

enum outcome mailing_parts_open(struct context *context, struct mailing_parts *out) {
    struct source_fault fault;
    int64_t deadline_ms = context_soon();
    *out = (struct mailing_parts){.letters = NULL};
    enum status status = mailings_load(context->pg, deadline_ms, context->arena, &out->mailings);
    if (status == ST_OK) {
        status = catalog_load(context->pg, deadline_ms, context->arena, &out->catalog);
    }
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (letters_open(context->settings.shipped_letters_folder, context->settings.letters_folder,
                     &out->letters, &fault) != ST_OK) {
        context_say("%s", fault.message);
        return OUTCOME_WRONG;
    }
    return OUTCOME_DONE;
}

void mailing_parts_done(struct mailing_parts *parts) {
    letters_free(&parts->letters);
}

const struct petition *mailing_parts_petition(const struct mailing_parts *parts, struct text slug) {
    for (size_t i = 0; i < parts->catalog.count; i++) {
        if (text_equal(parts->catalog.petitions[i].slug, slug)) {
            return &parts->catalog.petitions[i];
        }
    }
    return NULL;
}

void mailing_parts_find(struct mailing_parts *parts, const char *name) {
    parts->mailing = mailings_find_name(&parts->mailings, text_of(name));
    for (size_t i = 0; parts->mailing != NULL && i < parts->catalog.count; i++) {
        if (parts->catalog.petitions[i].id == parts->mailing->petition) {
            parts->petition = &parts->catalog.petitions[i];
        }
    }
}

struct text mailing_parts_base_url(const struct context *context) {
    const char *base_url = context->settings.base_url;
    return text_of(base_url != NULL ? base_url : "https://sign.example.org");
}

/* --- whether it can be made --- */

/* What a letter is about whose petition is still a draft. */
static struct petition_text no_words = {.title = {"title", 5}};
static const struct petition no_petition = {.slug = {"petition", 8},
                                            .organization_name = {"organization", 12},
                                            .texts = &no_words,
                                            .texts_count = 1};

static enum outcome say(const struct mailing *mailing, struct text language, const char *name) {
    bool main = text_equal(language, mailing->language);
    fprintf(stderr,
            "%s: %s%.*s/letter: for somebody with a long name it is larger than 100 kB, where mail "
            "programs cut it off (or memory is out)\n",
            name, main ? "" : "/translations/", main ? 0 : (int)language.len, language.data);
    return OUTCOME_WRONG;
}

enum outcome mailing_parts_check(const struct context *context, const struct mailing_parts *parts,
                                 const struct mailing *mailing, const struct petition *petition,
                                 const char *name) {
    char long_name[NAME_CHARACTERS * 4 + 1] = "", pass[PASS_BYTES + 1];
    for (size_t i = 0; i < NAME_CHARACTERS; i++) {
        memcpy(long_name + i * 4, "\U0001D400", 5);
    }
    memset(pass, 'A', PASS_BYTES);
    for (size_t i = 0; i < mailing->texts_count; i++) {
        struct text language = mailing->texts[i].language;
        struct letter_rendered rendered;
        const struct mailing_reader reader = {.base_url = mailing_parts_base_url(context),
                                              .locale = language,
                                              .given_name = text_of(long_name),
                                              .family_name = text_of(long_name),
                                              .token = text_of("AAPREVIEW0PREVIEW0PREVIE"),
                                              .sign_token = text_span(pass, PASS_BYTES)};
        if (mailing_render(parts->letters, mailing, petition != NULL ? petition : &no_petition,
                           &reader, &rendered) != ST_OK) {
            return say(mailing, language, name);
        }
        letter_rendered_done(&rendered);
    }
    return OUTCOME_DONE;
}
