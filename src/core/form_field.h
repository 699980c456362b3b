/* form_field: the table of what a signer may send, and the rule of each value. */
#ifndef CORE_FORM_FIELD_H
#define CORE_FORM_FIELD_H

#include "core/form.h"
#include "core/words.h"

enum form_kind {
    FORM_KIND_EMAIL,
    FORM_KIND_WORDS,
    FORM_KIND_COUNTRY,
    FORM_KIND_REGION,
    FORM_KIND_CODE,
    FORM_KIND_LOCALE,
    FORM_KIND_TOKEN,
    FORM_KIND_BOOLEAN, /* strings stand above */
    FORM_KIND_VERSION
};

struct form_field_rule {
    const char *name;
    enum form_kind kind;
    size_t offset; /* in struct sign_form */
    const struct words_rule *words;
};

extern const struct form_field_rule form_field_rules[FORM_FIELDS];

/* One string that is not an address. `country`: what was sent as such, good or not. True: *out is
 * the value; false: *problem says why not. */
bool form_field_check(const struct form_field_rule *rule, struct text typed, struct text country,
                      struct text *out, enum field_problem *problem);

#endif
