#include "ctl/cards.h"

#include <string.h>

#include "base/encode.h"
#include "core/json.h"
#include "core/language.h"
#include "link/card.h"
#include "store/petitions.h"

enum { JSON_MAX = 16 * 1024 * 1024 };

static struct text text_at(const json_t *object, const char *name) {
    const char *text = json_string_value(json_object_get(object, name));
    return text_of(text ? text : "");
}

struct text cards_host(const char *base_url) {
    const char *scheme = strstr(base_url, "://");
    return text_of(scheme ? scheme + 3 : base_url);
}

static enum status store(struct context *context, json_t *text, const struct buffer *png) {
    size_t size = ENCODE_BASE64_SIZE(png->len);
    char *base64 = arena_alloc(context->arena, size);
    if (!base64) {
        return ST_FAULT;
    }
    encode_base64(base64, (const uint8_t *)png->data, png->len);
    return json_object_set_new(text, "card", json_string(base64)) == 0 ? ST_OK : ST_FAULT;
}

int64_t cards_number(const int64_t *goals, size_t goals_count, int64_t minimum, int64_t count) {
    static const int64_t mantissas[] = {1, 2, 5};
    int64_t most = 0;
    for (int64_t power = 100; power <= count && power < INT64_MAX / 10; power *= 10) {
        for (size_t i = 0; i < 3 && mantissas[i] * power <= count; i++) {
            most = mantissas[i] * power;
        }
    }
    for (size_t i = 0; i < goals_count; i++) {
        most = goals[i] <= count && goals[i] > most ? goals[i] : most;
    }
    return most >= minimum ? most : 0;
}

static int64_t number_of(const json_t *petition, int64_t count) {
    int64_t goals[PETITION_GOALS_MAX];
    const json_t *list = json_object_get(petition, "goals");
    size_t goals_count = 0;
    for (size_t i = 0; i < json_array_size(list) && i < PETITION_GOALS_MAX; i++) {
        goals[goals_count++] = json_integer_value(json_array_get(list, i));
    }
    return cards_number(goals, goals_count,
                        json_integer_value(json_object_get(petition, "count_minimum")), count);
}

/* A petition that is new has 0. */
static enum status find_count(struct context *context, const json_t *petition, int64_t *count) {
    struct text shown = {NULL, 0};
    *count = 0;
    enum status status = petitions_show(context->pg, text_at(petition, "slug"), context->arena,
                                        context_soon(), &shown);
    if (status == ST_OK) {
        json_t *now = json_loadb(shown.data, shown.len, 0, NULL);
        *count = json_integer_value(json_object_get(now, "count"));
        json_decref(now);
    }
    return status == ST_NOT_FOUND ? ST_OK : status;
}

static enum status add_card(struct context *context, const json_t *petition, const char *language,
                            json_t *text, int64_t number) {
    const struct card card = {
        .language = language,
        .right_to_left = language_is_right_to_left(text_of(language)),
        .tag_line = text_at(text, "tag_line"),
        .title = text_at(text, "title"),
        .organization = text_at(json_object_get(petition, "organization"), "name"),
        .host = cards_host(context->settings.base_url),
        .number = number,
    };
    struct buffer png;
    buffer_init(&png, CARD_MAX);
    enum status status = card_draw(&card, &png);
    if (status == ST_OK) {
        status = store(context, text, &png);
    }
    buffer_done(&png);
    return status;
}

static enum status add_all(struct context *context, json_t *petition, int64_t number) {
    const char *language;
    json_t *text;
    enum status status =
        add_card(context, petition, text_at(petition, "language").data, petition, number);
    json_object_foreach(json_object_get(petition, "translations"), language, text) {
        status = status == ST_OK ? add_card(context, petition, language, text, number) : status;
    }
    return status;
}

enum outcome cards_add(struct context *context, struct text *json) {
    json_t *petition = json_loadb(json->data, json->len, 0, NULL);
    enum status status = petition ? ST_OK : ST_FAULT;
    int64_t count = 0;
    if (status == ST_OK && text_at(petition, "image").len == 0) {
        status = find_count(context, petition, &count);
        if (status != ST_OK) {
            json_decref(petition);
            return context_database_failed(context, status);
        }
        status = add_all(context, petition, number_of(petition, count));
        status = status == ST_OK ? json_store(petition, JSON_MAX, context->arena, json) : status;
    }
    json_decref(petition);
    if (status == ST_NOT_FOUND) {
        context_say("warning: %s", CARDS_NO_FONT);
    } else if (status != ST_OK) {
        context_say("out of memory");
    }
    return status == ST_OK || status == ST_NOT_FOUND ? OUTCOME_DONE : OUTCOME_AWAY;
}
