/* How far letters to the list are: once, or until one is over. */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/mailing_say.h"
#include "ctl/mailing_watch.h"
#include "ctl/run.h"
#include "store/openings.h"
#include "store/petitions.h"
#include "store/stats.h"

/* What adds up to the audience, in this order. */
static const struct {
    const char *member, *words;
} parts[] = {
    {"owed", "wait"},
    {"later", "wait for another try"},
    {"in_hand", "in a mailer's hand"},
    {"sent", "sent"},
    {"refused", "refused: no such mailbox"},
    {"failed", "could not be sent"},
    {"unsubscribed", "left out: want no news (of this) any more"},
    {"bounced", "left out: bounced meanwhile"},
    {"complained", "left out: complained meanwhile"},
    {"signed", "left out: signed meanwhile"},
    {"too_often", "left out: had another one lately"},
    {"cancelled", "left out: cancelled"},
};

enum { PARTS = sizeof parts / sizeof parts[0] };

static int64_t number(const json_t *mailing, const char *name) {
    return json_integer_value(json_object_get(mailing, name));
}

static const char *words(const json_t *mailing, const char *name) {
    const char *value = json_string_value(json_object_get(mailing, name));
    return value != NULL ? value : "-";
}

/* `context` is a list. */
static void take(struct text json, void *context) {
    json_array_append_new(context, json_loadb(json.data, json.len, 0, NULL));
}

/* Likewise. */
static void take_opened(struct text name, struct text json, void *context) {
    size_t i;
    json_t *mailing, *opened = json.data ? json_loadb(json.data, json.len, 0, NULL) : json_null();
    json_array_foreach((json_t *)context, i, mailing) {
        if (text_is(name, words(mailing, "name"))) {
            json_object_set(mailing, "opened", opened);
        }
    }
    json_decref(opened);
}

/* NULL: it has said what is wrong, and *outcome is it. */
static json_t *read_all(struct context *context, const char *name, enum outcome *outcome) {
    json_t *list = json_array();
    enum status status = mailings_status(context->pg, text_of(name), context_soon(), take, list);
    *outcome = OUTCOME_DONE;
    if (status == ST_OK) {
        status = openings_list(context->pg, text_of(name), context_soon(), take_opened, list);
    }
    if (status != ST_OK) {
        *outcome = context_database_failed(context, status);
    } else if (name != NULL && json_array_size(list) == 0) {
        *outcome = mailing_say_none(name);
    }
    if (*outcome != OUTCOME_DONE) {
        json_decref(list);
        return NULL;
    }
    return list;
}

/* --- who was brought by it --- */

/* The letter's name is the referrer in its links to share (core/letter_ways.c). */
static enum status read_referred(struct context *context, const struct blind_keys *keys,
                                 const struct petitions_key *petition, struct text name,
                                 uint64_t *referred) {
    struct stats *stats = NULL;
    int64_t referral;
    if (blind_referrer(keys, petition->index_key, petition->id, name, &referral) != ST_OK) {
        return ST_NOT_FOUND;
    }
    enum status status =
        stats_referral(context->pg, petition->id, referral, context_soon(), &stats);
    if (status == ST_OK) {
        *referred = (uint64_t)stats_number(stats);
        stats_free(&stats);
    }
    return status;
}

/* Not there, where the petition's index key is not here. */
static enum outcome add_referred(struct context *context, const struct blind_keys *keys,
                                 json_t *mailing) {
    struct petitions_key_list petitions;
    uint64_t referred = 0;
    enum status status = petitions_keys(context->pg, text_of(words(mailing, "petition")),
                                        context->arena, context_soon(), &petitions);
    if (status == ST_OK) {
        status = petitions.count == 1 ? read_referred(context, keys, petitions.items,
                                                      text_of(words(mailing, "name")), &referred)
                                      : ST_NOT_FOUND;
    }
    if (status == ST_OK) {
        json_object_set_new(mailing, "referred", json_integer((json_int_t)referred));
    }
    return status == ST_OK || status == ST_NOT_FOUND ? OUTCOME_DONE
                                                     : context_database_failed(context, status);
}

static enum outcome add_all_referred(struct context *context, json_t *list) {
    struct blind_keys *keys = NULL;
    size_t i;
    json_t *mailing;
    enum outcome outcome = context_index_keys(context, &keys);
    json_array_foreach(list, i, mailing) {
        outcome = outcome == OUTCOME_DONE ? add_referred(context, keys, mailing) : outcome;
    }
    blind_keys_free(&keys);
    return outcome;
}

/* --- printing --- */

static bool waits_for_petition(const json_t *mailing) {
    return strcmp(words(mailing, "state"), "sending") == 0 &&
           json_is_false(json_object_get(mailing, "petition_open"));
}

static void print_one(struct output *out, const json_t *mailing) {
    output_printf(out, "%s, of %s: %s%s\n", words(mailing, "name"), words(mailing, "petition"),
                  words(mailing, "state"),
                  waits_for_petition(mailing)
                      ? ", but nobody is written to while the petition takes no signatures"
                      : "");
    output_printf(
        out, "%10lld  audience%s\n", (long long)number(mailing, "audience"),
        json_is_true(json_object_get(mailing, "gathering")) ? ", and more to be looked for" : "");
    for (size_t i = 0; i < PARTS; i++) {
        if (number(mailing, parts[i].member) > 0) {
            output_printf(out, "%10lld  %s\n", (long long)number(mailing, parts[i].member),
                          parts[i].words);
        }
    }
}

static void print_signed(struct output *out, const json_t *mailing) {
    if (number(mailing, "signed_by_link") > 0) {
        output_printf(out, "%10lld  signed by its button\n",
                      (long long)number(mailing, "signed_by_link"));
    }
    if (number(mailing, "referred") > 0) {
        output_printf(out, "%10lld  signed by a link that was handed on\n",
                      (long long)number(mailing, "referred"));
    }
}

/* How each of several did, and what was known when one was chosen. */
static void print_subjects(struct output *out, const json_t *mailing) {
    const json_t *subjects = json_object_get(mailing, "subjects");
    bool decided = !json_is_null(json_object_get(mailing, "decided_at"));
    size_t i;
    json_t *subject;
    json_array_foreach(subjects, i, subject) {
        const json_t *verdict = json_object_get(subject, "verdict");
        output_printf(out, "subject %zu: %lld sent, %lld signed by its button", i + 1,
                      (long long)number(subject, "sent"),
                      (long long)number(subject, "signed_by_link"));
        if (decided) {
            output_printf(out, "; in the trial %lld and %lld%s", (long long)number(verdict, "sent"),
                          (long long)number(verdict, "signed"),
                          json_is_true(json_object_get(subject, "chosen")) ? ", chosen" : "");
        }
        output_printf(out, ": %s\n", words(subject, "subject"));
    }
    if (json_array_size(subjects) > 0 && !decided) {
        output_printf(out, "one of them is chosen at %s\n", words(mailing, "decides_at"));
    }
}

static void print_opened(struct output *out, const json_t *mailing) {
    const char *link;
    json_t *count;
    json_object_foreach(json_object_get(mailing, "opened"), link, count) {
        output_printf(out, "%10lld  opened its link `%s`\n", (long long)json_integer_value(count),
                      link);
    }
}

static void print_all(struct output *out, const json_t *list) {
    size_t i;
    json_t *mailing;
    json_array_foreach(list, i, mailing) {
        output_printf(out, "%s\t%s\t%s\t%lld\t%lld\n", words(mailing, "name"),
                      words(mailing, "petition"), words(mailing, "state"),
                      (long long)number(mailing, "audience"), (long long)number(mailing, "sent"));
    }
}

enum outcome run_letter_status(struct context *context) {
    const char *name = context->options.arguments[0];
    enum outcome outcome = context_database(context);
    json_t *list = outcome == OUTCOME_DONE ? read_all(context, name, &outcome) : NULL;
    if (list == NULL) {
        return outcome;
    }
    if (context->json || name != NULL) {
        outcome = add_all_referred(context, list);
    }
    if (outcome != OUTCOME_DONE) {
        json_decref(list);
        return outcome;
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:O}", "letters", list));
    } else if (name != NULL) {
        print_one(&context->out, json_array_get(list, 0));
        print_signed(&context->out, json_array_get(list, 0));
        print_subjects(&context->out, json_array_get(list, 0));
        print_opened(&context->out, json_array_get(list, 0));
    } else {
        print_all(&context->out, list);
    }
    json_decref(list);
    return OUTCOME_DONE;
}

/* --- watching --- */

static bool is_over(const json_t *mailing) {
    return strcmp(words(mailing, "state"), "done") == 0 ||
           strcmp(words(mailing, "state"), "cancelled") == 0;
}

static void draw(const json_t *mailing, bool terminal) {
    int64_t audience = number(mailing, "audience");
    int64_t left = number(mailing, "owed") + number(mailing, "later") + number(mailing, "in_hand");
    char bar[MAILING_WATCH_BAR + 1];
    mailing_watch_bar(left, audience, bar);
    fprintf(stderr, "%s%s %lld of %lld, %s%s", terminal ? "\r" : "", bar,
            (long long)(audience - left), (long long)audience, words(mailing, "state"),
            terminal ? "   " : "\n");
}

enum outcome run_letter_watch(struct context *context, const char *name) {
    bool terminal = isatty(STDERR_FILENO) == 1, over = false;
    enum outcome outcome = OUTCOME_DONE;
    while (!over) {
        int64_t began_ms = clock_monotonic_ms();
        json_t *list = read_all(context, name, &outcome);
        int64_t pause_ms = mailing_watch_pause_ms(clock_monotonic_ms() - began_ms);
        if (list == NULL) {
            return outcome;
        }
        const json_t *mailing = json_array_get(list, 0);
        over = is_over(mailing);
        if (terminal || over) {
            draw(mailing, terminal);
        }
        if (over) {
            fputs(terminal ? "\n" : "", stderr);
            print_one(&context->out, mailing);
        }
        json_decref(list);
        if (!over) {
            usleep((useconds_t)pause_ms * 1000);
        }
    }
    return OUTCOME_DONE;
}
