#include "core/json.h"
#include "core/language.h"
#include "ctl/cards.h"
#include "ctl/run.h"
#include "link/card.h"
#include "store/pictures.h"

static enum status draw(struct context *context, const struct picture *picture, int64_t number,
                        bool *stored) {
    const struct card card = {
        .language = picture->language.data,
        .right_to_left = language_is_right_to_left(picture->language),
        .tag_line = picture->tag_line,
        .title = picture->title,
        .organization = picture->organization,
        .host = cards_host(context->settings.base_url),
        .number = number,
    };
    struct buffer png;
    buffer_init(&png, CARD_MAX);
    enum status status = card_draw(&card, &png);
    if (status == ST_OK) {
        const struct drawing drawing = {number, buffer_text(&png)};
        status = pictures_put(context->pg, picture, drawing, context_soon(), stored);
    }
    buffer_done(&png);
    return status;
}

static json_t *line_json(const struct picture *picture, int64_t number) {
    return json_pack("{s:s%, s:s%, s:I}", "slug", picture->slug.data, picture->slug.len, "language",
                     picture->language.data, picture->language.len, "number", (json_int_t)number);
}

/* One whose number has not moved costs no more than its row. */
static enum status draw_if_moved(struct context *context, const struct picture *picture,
                                 json_t *drawn) {
    int64_t number =
        cards_number(picture->goals, picture->goals_count, picture->minimum, picture->count);
    bool stored = false;
    if (number == picture->drawn) {
        return ST_OK;
    }
    enum status status = draw(context, picture, number, &stored);
    if (status == ST_OK && stored && context->json) {
        json_array_append_new(drawn, line_json(picture, number));
    } else if (status == ST_OK && stored) {
        output_printf(&context->out, "%s %s %lld\n", picture->slug.data, picture->language.data,
                      (long long)number);
    }
    return status;
}

static enum outcome draw_all(struct context *context, const struct pictures *pictures) {
    json_t *drawn = json_array();
    enum status status = ST_OK;
    for (size_t i = 0; status == ST_OK && i < pictures->count; i++) {
        status = draw_if_moved(context, &pictures->rows[i], drawn);
    }
    if (context->json) {
        output_json(&context->out, json_pack("{s:O}", "drawn", drawn));
    }
    json_decref(drawn);
    if (status == ST_NOT_FOUND) {
        context_say("%s", CARDS_NO_FONT);
        return OUTCOME_NO;
    }
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

enum outcome run_petition_draw(struct context *context) {
    bool all = context->options.count == 0;
    struct text slug = {NULL, 0};
    struct pictures pictures;
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (!all) {
        slug = text_of(context->options.arguments[0]);
    }
    enum status status =
        pictures_list(context->pg, slug, context->arena, context_soon(), &pictures);
    if (status != ST_OK) {
        return context_database_failed(context, status);
    }
    if (!all && pictures.count == 0) {
        context_say("%s: no petition that people see, or it has an image of its own",
                    context->options.arguments[0]);
        return OUTCOME_NO;
    }
    return draw_all(context, &pictures);
}
