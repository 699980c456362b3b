#include "ctl/subscriber_row.h"

#include <string.h>

#include "base/clock.h"
#include "core/language.h"
#include "core/place.h"
#include "core/words.h"
#include "ctl/csv.h"

enum { PROOF_MAX_BYTES = 2000 };

static const struct {
    const char *name;
    bool required;
} columns[SUBSCRIBER_COLUMNS] = {
    [SUBSCRIBER_EMAIL] = {"email", true},
    [SUBSCRIBER_GIVEN_NAME] = {"given_name", false},
    [SUBSCRIBER_FAMILY_NAME] = {"family_name", false},
    [SUBSCRIBER_COUNTRY] = {"country", false},
    [SUBSCRIBER_REGION] = {"region", false},
    [SUBSCRIBER_LANGUAGE] = {"language", false},
    [SUBSCRIBER_TOPICS] = {"topics", false},
    [SUBSCRIBER_FREQUENCY] = {"frequency", false},
    [SUBSCRIBER_CONSENTED_AT] = {"consented_at", true},
    [SUBSCRIBER_CONSENT_SOURCE] = {"consent_source", true},
    [SUBSCRIBER_CONSENT_TEXT] = {"consent_text", true},
};

int subscriber_column_find(struct text name) {
    int i = 0;
    while (i < SUBSCRIBER_COLUMNS && !text_is(name, columns[i].name)) {
        i++;
    }
    return i;
}

const char *subscriber_column_required(int column) {
    return columns[column].required ? columns[column].name : NULL;
}

/* --- checking --- */

static bool is_words(struct text text, size_t most) {
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.data[i] < ' ') {
            return false;
        }
    }
    return text.len <= most;
}

/* Behind the present by nothing but a clock's error: nobody has agreed tomorrow. */
static bool is_past(struct text time) {
    int64_t at_ms;
    return clock_parse(time, &at_ms) && at_ms >= 0 &&
           at_ms < clock_unix_ms() + 3600 * 1000; /* PostgreSQL takes no year 0 */
}

static bool is_frequency(struct text word) {
    return word.len == 0 || text_is(word, "every") || text_is(word, "weekly") ||
           text_is(word, "monthly");
}

static const char *check_proof(const struct text *cells) {
    struct text source = cells[SUBSCRIBER_CONSENT_SOURCE], words = cells[SUBSCRIBER_CONSENT_TEXT];
    if (!is_past(cells[SUBSCRIBER_CONSENTED_AT])) {
        return "consented_at is no time in the past: 2026-01-31T12:00:00Z";
    }
    if (source.len == 0 || !is_words(source, PROOF_MAX_BYTES)) {
        return "consent_source says nothing: where did they agree?";
    }
    return words.len > 0 && words.len <= PROOF_MAX_BYTES
               ? NULL
               : "consent_text says nothing: to which words did they agree?";
}

/* As in a signing, since by the button of a letter it becomes one. */
static bool is_name(struct text text) {
    static const struct words_rule rule = {.max = 100};
    struct text unused;
    enum field_problem problem;
    return words_check(text, &rule, &unused, &problem) || problem == FIELD_EMPTY;
}

static const char *check_person(const struct text *cells) {
    struct text country = cells[SUBSCRIBER_COUNTRY], region = cells[SUBSCRIBER_REGION];
    struct text language = cells[SUBSCRIBER_LANGUAGE];
    if (!is_name(cells[SUBSCRIBER_GIVEN_NAME]) || !is_name(cells[SUBSCRIBER_FAMILY_NAME])) {
        return "a name is none: a line of at most 100 characters, no web address";
    }
    if (country.len > 0 && !place_country_known(country)) {
        return "country is none: two capital letters (ISO 3166-1)";
    }
    if (region.len > 0 && !place_region_known(country, region)) {
        return "region is none of that country: US-CA (ISO 3166-2)";
    }
    if (language.len > 0 && !language_tag_valid(language)) {
        return "language is none: en, es-MX (BCP 47)";
    }
    if (!is_frequency(cells[SUBSCRIBER_FREQUENCY])) {
        return "frequency is none: every, weekly or monthly";
    }
    return is_words(cells[SUBSCRIBER_TOPICS], PROOF_MAX_BYTES) ? NULL : "topics are none";
}

const char *subscriber_row_check(const struct subscriber_row *row, struct address *address) {
    if (address_parse(row->cells[SUBSCRIBER_EMAIL], address) != ST_OK) {
        return "email is no address";
    }
    const char *wrong = check_proof(row->cells);
    return wrong != NULL ? wrong : check_person(row->cells);
}

struct text subscriber_row_topics(const struct subscriber_row *row, struct arena *arena) {
    struct text rest = row->cells[SUBSCRIBER_TOPICS];
    char *list = arena_alloc(arena, rest.len + 1);
    size_t len = 0;
    while (list != NULL && rest.data != NULL) {
        struct text topic = text_trim(text_cut(&rest, '|'));
        if (topic.len > 0 && len > 0) {
            list[len++] = '|';
        }
        memcpy(list + len, topic.len > 0 ? topic.data : "", topic.len);
        len += topic.len;
    }
    return text_span(list, len);
}

/* --- writing --- */

void subscriber_row_header(struct buffer *out) {
    for (size_t i = 0; i < SUBSCRIBER_COLUMNS; i++) {
        csv_cell(out, text_of(columns[i].name), i == 0);
    }
    csv_end(out);
}

void subscriber_row_csv(const struct subscriber_row *row, struct buffer *out) {
    for (size_t i = 0; i < SUBSCRIBER_COLUMNS; i++) {
        csv_cell(out, row->cells[i], i == 0);
    }
    csv_end(out);
}
