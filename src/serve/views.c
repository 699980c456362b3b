#include "serve/views.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"

struct views {
    struct letters *letters;
    atomic_int references;
};

struct views *views_open(const struct settings *settings) {
    struct letter_fault fault = {.message = "out of memory"};
    struct views *views = calloc(1, sizeof *views);
    if (views && letters_open(settings->shipped_letters_folder, settings->letters_folder,
                              &views->letters, &fault) == ST_OK) {
        atomic_store(&views->references, 1);
        return views;
    }
    log_event(LOG_ERROR, "letters_unreadable", LOG_STR("why", fault.message),
              LOG_STR("do", "letters cannot be viewed in the browser with these words"));
    free(views);
    return NULL;
}

struct views *views_keep(struct views *views) {
    if (views)
        atomic_fetch_add(&views->references, 1);
    return views;
}

void views_release(struct views **pointer) {
    struct views *views = *pointer;
    *pointer = NULL;
    if (!views || atomic_fetch_sub(&views->references, 1) > 1)
        return;
    letters_free(&views->letters);
    free(views);
}

const struct letters *views_letters(const struct views *views) {
    return views->letters;
}
