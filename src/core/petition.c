#include "core/petition.h"

static const char *const state_names[] = {
    [PETITION_DRAFT] = "draft",
    [PETITION_OPEN] = "open",
    [PETITION_CLOSED] = "closed",
    [PETITION_WITHDRAWN] = "withdrawn",
};

enum { STATES = sizeof state_names / sizeof state_names[0] };

const char *petition_state_name(enum petition_state state) {
    return state_names[state];
}

bool petition_state_find(struct text name, enum petition_state *out) {
    for (size_t i = 0; i < STATES; i++) {
        if (text_is(name, state_names[i])) {
            *out = (enum petition_state)i;
            return true;
        }
    }
    return false;
}

bool petition_allows_origin(const struct petition *petition, struct text origin) {
    for (size_t i = 0; i < petition->origins_count; i++) {
        if (origin.data && text_equal(petition->origins[i], origin)) {
            return true;
        }
    }
    return false;
}
