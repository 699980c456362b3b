#include "serve/views.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"

struct views {
    struct letters *letters;
    struct pages *pages;
    atomic_int references;
};

static const struct {
    const char *event, *then;
} unreadable[VIEWS] = {
    [VIEWS_LETTERS] = {"letters_unreadable",
                       "letters cannot be viewed in the browser with these words"},
    [VIEWS_PAGES] = {"pages_unreadable", "pages of petitions cannot be shown with these files"},
};

/* With one reference. NULL: it has said why. */
static struct views *views_open(enum views_kind kind, const struct settings *settings) {
    struct source_fault fault = {.message = "out of memory"};
    enum status status = ST_FAULT;
    struct views *views = calloc(1, sizeof *views);
    if (views && kind == VIEWS_LETTERS)
        status = letters_open(settings->shipped_letters_folder, settings->letters_folder,
                              &views->letters, &fault);
    else if (views)
        status = pages_open(settings->pages_folder, &views->pages, &fault);
    if (status == ST_OK) {
        atomic_store(&views->references, 1);
        return views;
    }
    log_event(LOG_ERROR, unreadable[kind].event, LOG_STR("why", fault.message),
              LOG_STR("do", unreadable[kind].then));
    free(views);
    return NULL;
}

static void views_release(struct views *views) {
    if (!views || atomic_fetch_sub(&views->references, 1) > 1)
        return;
    letters_free(&views->letters);
    pages_free(&views->pages);
    free(views);
}

void views_open_all(const struct settings *settings, struct views *views[VIEWS]) {
    for (int kind = 0; kind < VIEWS; kind++) {
        struct views *opened = views_open((enum views_kind)kind, settings);
        if (opened) {
            views_release(views[kind]);
            views[kind] = opened;
        }
    }
}

void views_keep_all(struct views *const views[VIEWS], struct views *out[VIEWS]) {
    for (int kind = 0; kind < VIEWS; kind++) {
        out[kind] = views[kind];
        if (out[kind])
            atomic_fetch_add(&out[kind]->references, 1);
    }
}

void views_release_all(struct views *views[VIEWS]) {
    for (int kind = 0; kind < VIEWS; kind++) {
        views_release(views[kind]);
        views[kind] = NULL;
    }
}

const struct letters *views_letters(const struct views *views) {
    return views->letters;
}

const struct pages *views_pages(const struct views *views) {
    return views->pages;
}
