#include "link/card.h"

#include <inttypes.h>
#include <pango/pangocairo.h>
#include <stdio.h>

enum {
    EDGE = 80,      /* free on all sides: previews cut corners off, and some the sides */
    BAND = 20,      /* at the side where reading begins */
    TAG_SIZE = 34,  /* of the tag line, in pixels */
    TITLE_TOP = 76, /* below the edge, if there is a tag line above it */
    TITLE_HEIGHT = 280,
    FOOT_SIZE = 30,
    FOOT_TOP = 530,
    LINE_TOP = 482, /* of the line to sign on */
    CROSS = 64,     /* what its cross takes of it */
    NUMBER_SIZE = 38
};

/* The largest at which a title fits; the last one is cut. */
static const int title_sizes[] = {84, 72, 62, 54, 46};

/* As nginx/site/assets/theme.css has them. */
enum colour { GROUND, TEXT, QUIET, ACCENT };
static const double colours[][3] = {[GROUND] = {0.992, 0.992, 0.984},
                                    [TEXT] = {0.106, 0.106, 0.122},
                                    [QUIET] = {0.333, 0.333, 0.373},
                                    [ACCENT] = {0.078, 0.325, 0.176}};

struct drawing {
    const struct card *card;
    cairo_t *cairo;
};

static void use(const struct drawing *drawing, enum colour colour) {
    cairo_set_source_rgb(drawing->cairo, colours[colour][0], colours[colour][1],
                         colours[colour][2]);
}

/* --- text --- */

static PangoLayout *lay_out(const struct drawing *drawing, struct text text, int size, bool bold) {
    const struct card *card = drawing->card;
    PangoLayout *layout = pango_cairo_create_layout(drawing->cairo);
    PangoContext *context = pango_layout_get_context(layout);
    PangoFontDescription *font = pango_font_description_from_string("Noto Sans, DejaVu Sans, Sans");
    pango_font_description_set_absolute_size(font, (double)size * PANGO_SCALE);
    pango_font_description_set_weight(font, bold ? PANGO_WEIGHT_BOLD : PANGO_WEIGHT_NORMAL);
    pango_context_set_base_dir(context,
                               card->right_to_left ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
    pango_context_set_language(context, pango_language_from_string(card->language));
    pango_layout_set_auto_dir(layout, FALSE);
    pango_layout_set_alignment(layout, card->right_to_left ? PANGO_ALIGN_RIGHT : PANGO_ALIGN_LEFT);
    pango_layout_set_single_paragraph_mode(layout, TRUE);
    pango_layout_set_font_description(layout, font);
    pango_layout_set_text(layout, text.data ? text.data : "", (int)text.len);
    pango_layout_set_width(layout, (CARD_WIDTH - 2 * EDGE) * PANGO_SCALE);
    pango_layout_set_ellipsize(layout, PANGO_ELLIPSIZE_END);
    pango_font_description_free(font);
    return layout;
}

static void show(const struct drawing *drawing, PangoLayout *layout, enum colour colour, int top) {
    use(drawing, colour);
    cairo_move_to(drawing->cairo, EDGE, top);
    pango_cairo_show_layout(drawing->cairo, layout);
    g_object_unref(layout);
}

/* A negative height counts lines: one. */
static void draw_line(const struct drawing *drawing, struct text text, int size, enum colour colour,
                      int top) {
    PangoLayout *layout = lay_out(drawing, text, size, colour == ACCENT);
    pango_layout_set_height(layout, -1);
    show(drawing, layout, colour, top);
}

static bool fits(PangoLayout *layout) {
    int height = 0;
    pango_layout_set_height(layout, TITLE_HEIGHT * PANGO_SCALE);
    pango_layout_get_pixel_size(layout, NULL, &height);
    return !pango_layout_is_ellipsized(layout) && height <= TITLE_HEIGHT;
}

static void draw_title(const struct drawing *drawing) {
    const size_t last = sizeof title_sizes / sizeof title_sizes[0] - 1;
    PangoLayout *layout = NULL;
    for (size_t i = 0; i <= last; i++) {
        layout = lay_out(drawing, drawing->card->title, title_sizes[i], true);
        pango_layout_set_wrap(layout, PANGO_WRAP_WORD_CHAR);
        if (fits(layout) || i == last) {
            break;
        }
        g_object_unref(layout);
    }
    show(drawing, layout, TEXT, EDGE + (drawing->card->tag_line.len > 0 ? TITLE_TOP : 0));
}

/* Who asks and where, in one line with a dot between, each in its own direction. */
static void draw_foot(const struct drawing *drawing) {
    const struct card *card = drawing->card;
    struct buffer foot;
    buffer_init(&foot, 4096);
    if (card->organization.len > 0)
        buffer_printf(&foot, "\u2068%.*s\u2069", (int)card->organization.len,
                      card->organization.data);
    buffer_add_string(&foot, foot.len > 0 && card->host.len > 0 ? "  \u00b7  " : "");
    buffer_add_text(&foot, card->host);
    if (!foot.failed) {
        draw_line(drawing, buffer_text(&foot), FOOT_SIZE, QUIET, FOOT_TOP);
    }
    buffer_done(&foot);
}

/* --- shapes --- */

/* A cross and a line, as on a form that waits for a name: it needs no language. */
static void draw_signing_line(const struct drawing *drawing) {
    cairo_t *cairo = drawing->cairo;
    bool mirrored = drawing->card->right_to_left;
    double from = mirrored ? CARD_WIDTH - EDGE : EDGE, way = mirrored ? -1 : 1;
    use(drawing, ACCENT);
    cairo_set_line_width(cairo, 5);
    cairo_set_line_cap(cairo, CAIRO_LINE_CAP_ROUND);
    cairo_move_to(cairo, from, LINE_TOP - 26);
    cairo_line_to(cairo, from + way * 24, LINE_TOP - 2);
    cairo_move_to(cairo, from, LINE_TOP - 2);
    cairo_line_to(cairo, from + way * 24, LINE_TOP - 26);
    cairo_stroke(cairo);
    cairo_set_line_width(cairo, 3);
    cairo_move_to(cairo, from + way * 48, LINE_TOP);
    cairo_line_to(cairo, from + way * (CARD_WIDTH - 2 * EDGE), LINE_TOP);
    cairo_stroke(cairo);
}

/* Thousands apart by a narrow space, which no language reads as a decimal mark. */
static void write_number(char out[48], int64_t number) {
    char digits[24];
    int len = snprintf(digits, sizeof digits, "%" PRId64, number);
    for (int i = 0; i < len; i++) {
        bool apart = i > 0 && (len - i) % 3 == 0;
        out += snprintf(out, 8, "%s%c", apart ? "\u202f" : "", digits[i]);
    }
}

/* Written on the line, behind the cross. */
static void draw_number(const struct drawing *drawing) {
    char words[48] = "";
    int height = 0;
    if (drawing->card->number <= 0) {
        return;
    }
    write_number(words, drawing->card->number);
    PangoLayout *layout = lay_out(drawing, text_of(words), NUMBER_SIZE, true);
    pango_layout_set_width(layout, (CARD_WIDTH - 2 * EDGE - 2 * CROSS) * PANGO_SCALE);
    pango_layout_get_pixel_size(layout, NULL, &height);
    use(drawing, ACCENT);
    cairo_move_to(drawing->cairo, EDGE + CROSS, LINE_TOP - height);
    pango_cairo_show_layout(drawing->cairo, layout);
    g_object_unref(layout);
}

static void draw(const struct drawing *drawing) {
    const struct card *card = drawing->card;
    use(drawing, GROUND);
    cairo_paint(drawing->cairo);
    use(drawing, ACCENT);
    cairo_rectangle(drawing->cairo, card->right_to_left ? CARD_WIDTH - BAND : 0, 0, BAND,
                    CARD_HEIGHT);
    cairo_fill(drawing->cairo);
    draw_line(drawing, card->tag_line, TAG_SIZE, ACCENT, EDGE);
    draw_title(drawing);
    draw_signing_line(drawing);
    draw_number(drawing);
    draw_foot(drawing);
}

/* --- the file --- */

static cairo_status_t write_png(void *context, const unsigned char *data, unsigned int len) {
    struct buffer *png = context;
    buffer_add(png, data, len);
    return png->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

/* Without one Pango ends the process. */
static bool has_fonts(void) {
    PangoFontFamily **families = NULL;
    int count = 0;
    pango_font_map_list_families(pango_cairo_font_map_get_default(), &families, &count);
    g_free(families);
    return count > 0;
}

enum status card_draw(const struct card *card, struct buffer *png) {
    if (!has_fonts()) {
        return ST_NOT_FOUND;
    }
    cairo_surface_t *surface =
        cairo_image_surface_create(CAIRO_FORMAT_RGB24, CARD_WIDTH, CARD_HEIGHT);
    const struct drawing drawing = {card, cairo_create(surface)};
    draw(&drawing);
    bool drawn = cairo_status(drawing.cairo) == CAIRO_STATUS_SUCCESS &&
                 cairo_surface_write_to_png_stream(surface, write_png, png) == CAIRO_STATUS_SUCCESS;
    cairo_destroy(drawing.cairo);
    cairo_surface_destroy(surface);
    return drawn && !png->failed ? ST_OK : ST_FAULT;
}
