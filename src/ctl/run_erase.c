#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "ctl/addresses.h"
#include "ctl/run.h"
#include "store/erasure.h"
#include "store/petitions.h"

struct erase {
    struct context *context;
    struct blind_keys *keys;
    struct petitions_key_list petitions;
    struct erasure_key *pairs; /* petitions x addresses, petition by petition */
    uint8_t (*mailboxes)[BLIND_SIZE];
    struct addresses addresses;
};

/* --- their blind indexes --- */

static enum outcome list_petitions(struct erase *erase) {
    struct context *context = erase->context;
    const char *slug = context->options.count > 0 ? context->options.arguments[0] : NULL;
    enum status status = petitions_keys(context->pg, text_of(slug), context->arena, context_soon(),
                                        &erase->petitions);
    if (status == ST_NOT_FOUND) {
        return context_no_petition(slug);
    }
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

/* A petition whose key is not here is an error: its rows would stay, and nobody would know. */
static enum outcome hash_petition(struct erase *erase, const struct petitions_key *petition,
                                  struct erasure_key *pairs) {
    for (size_t i = 0; i < erase->addresses.count; i++) {
        pairs[i].petition = petition->id;
        if (blind_email(erase->keys, petition->index_key, petition->id,
                        erase->addresses.items[i].canonical, pairs[i].email_hash) != ST_OK) {
            context_say("%s: index key %d of %s is not in it; nothing was erased",
                        erase->context->settings.index_key_file, petition->index_key,
                        petition->slug.data);
            return OUTCOME_WRONG;
        }
    }
    return OUTCOME_DONE;
}

static enum outcome hash_all(struct erase *erase) {
    struct arena *arena = erase->context->arena;
    enum outcome outcome = OUTCOME_DONE;
    erase->pairs = arena_alloc(arena, (erase->petitions.count * erase->addresses.count + 1) *
                                          sizeof *erase->pairs);
    erase->mailboxes = addresses_mailboxes(erase->context, &erase->addresses, erase->keys);
    if (erase->pairs == NULL || erase->mailboxes == NULL) {
        context_say("too many addresses for so many petitions; name a petition");
        return OUTCOME_WRONG;
    }
    for (size_t i = 0; outcome == OUTCOME_DONE && i < erase->petitions.count; i++) {
        outcome = hash_petition(erase, &erase->petitions.items[i],
                                erase->pairs + i * erase->addresses.count);
    }
    return outcome;
}

/* --- erasing --- */

struct sums {
    int64_t signatures, kept, lowered, news;
    json_t *list; /* NULL: lines */
};

static void tell(struct erase *erase, const struct petitions_key *petition,
                 const struct erasure_result *result, struct sums *sums) {
    sums->signatures += result->signatures;
    sums->kept += result->kept;
    sums->lowered += result->lowered;
    sums->news += result->news;
    if (sums->list != NULL) {
        json_array_append_new(
            sums->list,
            json_pack("{s:s, s:I, s:I, s:I, s:I, s:I}", "slug", petition->slug.data, "erased",
                      (json_int_t)result->signatures, "kept_in_count", (json_int_t)result->kept,
                      "taken_from_count", (json_int_t)result->lowered, "letters",
                      (json_int_t)result->letters, "shown", (json_int_t)result->shown));
        return;
    }
    output_printf(&erase->context->out,
                  "%s: %" PRId64 " erased, with %" PRId64 " letters; %" PRId64
                  " of them stay in the count as a number, %" PRId64 " were taken out of it\n",
                  petition->slug.data, result->signatures, result->letters, result->kept,
                  result->lowered);
}

static enum outcome erase_petition(struct erase *erase, size_t index, struct sums *sums) {
    struct erasure erasure = {
        (int)erase->context->settings.slot,
        {erase->pairs + index * erase->addresses.count, erase->addresses.count},
        {erase->mailboxes, erase->addresses.count}};
    struct erasure_result result;
    enum status status = erasure_run(erase->context->pg, &erasure, context_late(), &result);
    if (status != ST_OK) {
        return context_database_failed(erase->context, status);
    }
    if (result.lowered > 0) {
        context_publish(erase->context, erasure.keys.items[0].petition);
    }
    tell(erase, &erase->petitions.items[index], &result, sums);
    return OUTCOME_DONE;
}

/* The limits of a mailbox and its news go even where nothing is signed (any more): they are held
 * for the address too. */
static enum outcome forget_mailboxes(struct erase *erase, struct sums *sums) {
    struct erasure erasure = {(int)erase->context->settings.slot,
                              {erase->pairs, 0},
                              {erase->mailboxes, erase->addresses.count}};
    struct erasure_result result;
    enum status status = erasure_run(erase->context->pg, &erasure, context_late(), &result);
    if (status != ST_OK) {
        return context_database_failed(erase->context, status);
    }
    sums->news += result.news;
    return OUTCOME_DONE;
}

static bool is_found(const struct erasure_found *found, size_t count, int32_t petition) {
    for (size_t i = 0; i < count; i++) {
        if (found[i].petition == petition) {
            return true;
        }
    }
    return false;
}

/* Only where something is: each erasing reads all letters. */
static enum outcome erase_found(struct erase *erase, struct sums *sums) {
    struct context *context = erase->context;
    struct erasure_keys keys = {erase->pairs, erase->petitions.count * erase->addresses.count};
    struct erasure_found *found =
        arena_alloc(context->arena, (erase->petitions.count + 1) * sizeof *found);
    size_t count = 0;
    if (found == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum status status = erasure_find(context->pg, &keys, context_soon(), found, &count);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    enum outcome outcome = count == 0 ? forget_mailboxes(erase, sums) : OUTCOME_DONE;
    for (size_t i = 0; outcome == OUTCOME_DONE && i < erase->petitions.count; i++) {
        if (is_found(found, count, erase->petitions.items[i].id)) {
            outcome = erase_petition(erase, i, sums);
        }
    }
    return outcome;
}

static enum outcome finish(struct erase *erase, struct sums *sums) {
    if (sums->list != NULL) {
        output_json(&erase->context->out,
                    json_pack("{s:I, s:I, s:I, s:I, s:O}", "erased", (json_int_t)sums->signatures,
                              "kept_in_count", (json_int_t)sums->kept, "taken_from_count",
                              (json_int_t)sums->lowered, "news", (json_int_t)sums->news,
                              "petitions", sums->list));
    } else if (sums->news > 0) {
        output_printf(&erase->context->out, "news of %" PRId64 " ended and erased\n", sums->news);
    }
    if (sums->signatures + sums->news > 0) {
        return OUTCOME_DONE;
    }
    context_say("nothing is held for these addresses");
    return OUTCOME_NO;
}

enum outcome run_erase(struct context *context) {
    struct erase erase = {.context = context};
    struct sums sums = {.list = context->json ? json_array() : NULL};
    enum outcome outcome =
        addresses_read(context, options_find(&context->options, "--email"), &erase.addresses);
    if (outcome == OUTCOME_DONE) {
        outcome = context_database(context);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = context_index_keys(context, &erase.keys);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = list_petitions(&erase);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = hash_all(&erase);
    }
    if (outcome == OUTCOME_DONE) {
        outcome = erase_found(&erase, &sums);
    }
    if (outcome == OUTCOME_DONE || sums.signatures + sums.news > 0) {
        enum outcome told = finish(&erase, &sums);
        outcome = outcome == OUTCOME_DONE ? told : outcome;
    }
    json_decref(sums.list);
    blind_keys_free(&erase.keys);
    return outcome;
}
