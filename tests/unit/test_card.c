#include "unit.h"

#include <pango/pangocairo.h>
#include <string.h>

#include "link/card.h"

#define TITLE "Keep the night buses running"

static struct buffer png;

static void set_up(void) {
    buffer_init(&png, CARD_MAX);
}

static void tear_down(void) {
    buffer_done(&png);
}

static struct card sample(void) {
    return (struct card){.language = "en",
                         .tag_line = text_of("Seven lines, one city"),
                         .title = text_of(TITLE),
                         .organization = text_of("Neighbours"),
                         .host = text_of("sign.example.org")};
}

/* --- reading it back --- */

struct reading {
    struct text rest;
};

static cairo_status_t read_some(void *context, unsigned char *out, unsigned int len) {
    struct reading *reading = context;
    if (reading->rest.len < len) {
        return CAIRO_STATUS_READ_ERROR;
    }
    memcpy(out, reading->rest.data, len);
    reading->rest = text_span(reading->rest.data + len, reading->rest.len - len);
    return CAIRO_STATUS_SUCCESS;
}

static cairo_surface_t *draw(const struct card *card) {
    buffer_reset(&png);
    ck_assert_int_eq(card_draw(card, &png), ST_OK);
    struct reading reading = {buffer_text(&png)};
    cairo_surface_t *picture = cairo_image_surface_create_from_png_stream(read_some, &reading);
    ck_assert_int_eq(cairo_image_surface_get_width(picture), 1200);
    ck_assert_int_eq(cairo_image_surface_get_height(picture), 630);
    return picture;
}

struct area {
    int left, top, right, bottom;
};

/* Whatever is not of the colour that the corner at the top, in the middle, has. */
static int ink(cairo_surface_t *picture, struct area area) {
    int found = 0, stride = cairo_image_surface_get_stride(picture);
    const unsigned char *data = cairo_image_surface_get_data(picture);
    uint32_t ground, pixel;
    memcpy(&ground, data + 600 * 4, 4);
    for (int y = area.top; y < area.bottom; y++) {
        for (int x = area.left; x < area.right; x++) {
            memcpy(&pixel, data + (ptrdiff_t)y * stride + (ptrdiff_t)x * 4, 4);
            found += (pixel ^ ground) & 0xffffff ? 1 : 0;
        }
    }
    return found;
}

static const struct area tag_line = {80, 80, 1120, 125}, title = {80, 150, 1120, 440},
                         foot = {80, 525, 1120, 575}, left_band = {0, 0, 20, 630},
                         right_band = {1180, 0, 1200, 630};
/* Where nothing may ever be, whatever is written. */
static const struct area margins[] = {
    {21, 0, 70, 630}, {1130, 0, 1179, 630}, {21, 590, 1179, 630}, {80, 495, 1120, 515}};

static void assert_margins_free(cairo_surface_t *picture) {
    for (size_t i = 0; i < sizeof margins / sizeof margins[0]; i++) {
        ck_assert_msg(ink(picture, margins[i]) == 0, "margin %zu", i);
    }
}

/* --- tests --- */

/* The line of the number, behind the cross on either side. */
static const struct area number_left = {144, 440, 400, 478}, number_right = {800, 440, 1056, 478};

START_TEST(the_number_is_written_on_the_line) {
    struct card card = sample();
    cairo_surface_t *without = draw(&card);
    ck_assert_int_eq(ink(without, number_left), 0);
    cairo_surface_destroy(without);
    card.number = 1234567;
    cairo_surface_t *with = draw(&card);
    ck_assert_int_gt(ink(with, number_left), 1000);
    ck_assert_int_eq(ink(with, number_right), 0);
    assert_margins_free(with);
    cairo_surface_destroy(with);
    card.right_to_left = true;
    cairo_surface_t *mirrored = draw(&card);
    ck_assert_int_gt(ink(mirrored, number_right), 1000);
    ck_assert_int_eq(ink(mirrored, number_left), 0);
    cairo_surface_destroy(mirrored);
}
END_TEST

START_TEST(the_lines_are_where_they_belong) {
    struct card card = sample();
    cairo_surface_t *picture = draw(&card);
    ck_assert_int_gt(ink(picture, tag_line), 500);
    ck_assert_int_gt(ink(picture, title), 5000);
    ck_assert_int_gt(ink(picture, foot), 500);
    ck_assert_int_gt(ink(picture, left_band), 10000);
    ck_assert_int_eq(ink(picture, right_band), 0);
    assert_margins_free(picture);
    cairo_surface_destroy(picture);
    card = (struct card){.language = "en", .title = text_of(TITLE)};
    picture = draw(&card);
    ck_assert_int_eq(ink(picture, foot), 0);
    cairo_surface_destroy(picture);
}
END_TEST

static const struct {
    const char *language, *title;
    bool right_to_left;
} languages[] = {{"en", TITLE, false},
                 {"es", "Que sigan los autobuses nocturnos", false},
                 {"fr", "Gardons les bus de nuit à l’heure", false},
                 {"de", "Die Nachtbusse müssen bleiben", false},
                 {"ar", "أبقوا على حافلات الليل", true},
                 {"he", "השאירו את אוטובוסי הלילה", true}};

START_TEST(every_language_is_drawn_from_its_own_side) {
    struct card card = {.language = languages[_i].language,
                        .title = text_of(languages[_i].title),
                        .right_to_left = languages[_i].right_to_left};
    struct area left = {80, 80, 200, 200}, right = {1000, 80, 1120, 200};
    bool mirrored = languages[_i].right_to_left;
    cairo_surface_t *picture = draw(&card);
    ck_assert_int_gt(ink(picture, mirrored ? right_band : left_band), 10000);
    ck_assert_int_eq(ink(picture, mirrored ? left_band : right_band), 0);
    ck_assert_int_gt(ink(picture, mirrored ? right : left), 500);
    cairo_t *cairo = cairo_create(picture);
    PangoLayout *layout = pango_cairo_create_layout(cairo);
    pango_layout_set_text(layout, languages[_i].title, -1);
    ck_assert_int_eq(pango_layout_get_unknown_glyphs_count(layout), 0);
    g_object_unref(layout);
    cairo_destroy(cairo);
    cairo_surface_destroy(picture);
}
END_TEST

START_TEST(Q7_hostile_titles_stay_in_their_place) {
    static const char *const titles[] = {"<b>bold</b> &amp; <script>alert(1)</script>",
                                         "%s%n",
                                         "\u202etfel ot thgir",
                                         "",
                                         "W\u0300\u0301\u0302\u0303e\u0300\u0301\u0302\u0303",
                                         "\U0001F68C\U0001F68C",
                                         "\u2067\u2067\u2067deep"};
    static char wide[200 + 1], high[200 * 3 + 1];
    memset(wide, 'W', sizeof wide - 1);
    for (size_t i = 0; i < sizeof high - 1; i += 3) {
        memcpy(high + i, "\u4e66", 3);
    }
    struct card card = sample();
    for (size_t i = 0; i < sizeof titles / sizeof titles[0] + 2; i++) {
        bool given = i < sizeof titles / sizeof titles[0];
        card.title = text_of(given ? titles[i] : i % 2 ? wide : high);
        card.tag_line = card.organization = card.title;
        cairo_surface_t *picture = draw(&card);
        assert_margins_free(picture);
        cairo_surface_destroy(picture);
    }
}
END_TEST

START_TEST(mark_up_is_shown_as_it_is_written) {
    struct card card = sample();
    card.title = text_of("<i>a</i>");
    cairo_surface_t *marked = draw(&card);
    card.title = text_of("a");
    cairo_surface_t *plain = draw(&card);
    ck_assert_int_gt(ink(marked, title), 3 * ink(plain, title));
    cairo_surface_destroy(marked);
    cairo_surface_destroy(plain);
}
END_TEST

START_TEST(the_same_words_are_the_same_picture) {
    struct card card = sample();
    struct buffer other;
    buffer_init(&other, CARD_MAX);
    ck_assert_int_eq(card_draw(&card, &png), ST_OK);
    ck_assert_int_eq(card_draw(&card, &other), ST_OK);
    ck_assert(text_equal(buffer_text(&png), buffer_text(&other)));
    buffer_reset(&other);
    card.title = text_of("Another title");
    ck_assert_int_eq(card_draw(&card, &other), ST_OK);
    ck_assert(!text_equal(buffer_text(&png), buffer_text(&other)));
    buffer_done(&other);
}
END_TEST

START_TEST(what_has_no_room_is_refused) {
    struct card card = sample();
    buffer_done(&png);
    buffer_init(&png, 100);
    ck_assert_int_eq(card_draw(&card, &png), ST_FAULT);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("card");
    TCase *cases = tcase_create("card");
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, the_number_is_written_on_the_line);
    tcase_add_test(cases, the_lines_are_where_they_belong);
    tcase_add_loop_test(cases, every_language_is_drawn_from_its_own_side, 0,
                        sizeof languages / sizeof languages[0]);
    tcase_add_test(cases, Q7_hostile_titles_stay_in_their_place);
    tcase_add_test(cases, mark_up_is_shown_as_it_is_written);
    tcase_add_test(cases, the_same_words_are_the_same_picture);
    tcase_add_test(cases, what_has_no_room_is_refused);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
