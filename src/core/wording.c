#include "core/wording.h"

#include "core/oneline.h"

/* Never change a line that was released: add a version, and raise WORDING_VERSION. */
static const struct wording wordings[] = {
    {1, "en",
     "Yes, I would like news by e-mail about this petition and others like it. I can stop that at "
     "any time."},
    {1, "de",
     "Ja, ich möchte per E-Mail Neues zu dieser und ähnlichen Petitionen erfahren. Das kann ich "
     "jederzeit beenden."},
    {1, "fr",
     "Oui, je veux recevoir par e-mail des nouvelles de cette pétition et d’autres semblables. Je "
     "peux arrêter à tout moment."},
    {1, "es",
     "Sí, quiero recibir por correo novedades de esta petición y de otras parecidas. Puedo dejarlo "
     "cuando quiera."},
    {1, "ar",
     "نعم، أودّ أن تصلني بالبريد الإلكتروني أخبار هذه العريضة والعرائض المشابهة. يمكنني إيقاف ذلك "
     "في أي "
     "وقت."},
    {1, "he",
     "כן, אשמח לקבל בדואר אלקטרוני חדשות על העצומה הזאת ועל עצומות דומות. אפשר להפסיק זאת בכל "
     "עת."},
};

static const struct wording *find(int version, struct text language) {
    for (size_t i = 0; i < sizeof wordings / sizeof wordings[0]; i++)
        if (wordings[i].version == version && text_is_ignoring_case(language, wordings[i].language))
            return &wordings[i];
    return NULL;
}

const struct wording *wording_find(int version, struct text language) {
    const struct wording *found = language.data ? find(version, language) : NULL;
    if (!found && language.data)
        found = find(version, text_cut(&language, '-'));
    return found ? found : find(version, text_of("en"));
}

void wording_add(struct buffer *out, const struct wording *wording, struct text organization) {
    struct buffer name;
    buffer_init(&name, 4096);
    oneline_add(&name, organization, ONELINE_MAX);
    out->failed = out->failed || name.failed;
    if (name.len > 0) {
        buffer_add_text(out, buffer_text(&name));
        buffer_add_string(out, ": ");
    }
    buffer_add_string(out, wording->words);
    buffer_done(&name);
}
