/* Any bytes as the body of a signature: a verdict, and what is taken keeps to the rules. */
#include <stdlib.h>

#include "base/utf8.h"
#include "core/form.h"
#include "core/json.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void expect(bool condition) {
    if (!condition) {
        abort();
    }
}

static void check_text(struct text text, size_t most) {
    expect(!text.data || (text.len > 0 && text.len <= most && utf8_valid(text)));
}

static void check(const struct sign_form *form) {
    check_text(form->given_name, 400);
    expect(form->given_name.data != NULL);
    check_text(form->family_name, 400);
    check_text(form->country, 2);
    check_text(form->region, 6);
    check_text(form->postal_code, 80);
    check_text(form->locality, 400);
    check_text(form->comment, 2000);
    check_text(form->source, 64);
    check_text(form->referrer, 64);
    check_text(form->locale, 35);
    expect(form->text_version >= 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    const struct form_fields all = {.asked = (1u << FORM_ASKABLE) - 1, .required = 3};
    struct sign_form form;
    struct settings_form settings;
    struct address address;
    struct problems problems;
    struct text token, body = text_span((const char *)data, size);
    if (!arena) {
        json_start();
        arena = arena_new(65536, 64 << 20);
    }
    enum status status = form_parse_sign(body, &all, arena, &form, &problems);
    expect(status == ST_OK || (status == ST_INVALID && problems.problem != PROBLEM_NONE));
    if (status == ST_OK) {
        check(&form);
    }
    status = form_parse_correction(body, &all, arena, &form, &problems);
    expect(status != ST_OK || (form.token.data && form.text_version > 0));
    form_parse_token(body, arena, &token, &problems);
    if (form_parse_settings(body, arena, &settings, &problems) == ST_OK) {
        expect(settings.topics_count <= FORM_TOPICS_MAX && settings.token.data);
    }
    form_parse_email(body, arena, &address, &problems);
    arena_reset(arena);
    return 0;
}
