#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "ctl/run.h"
#include "ctl/top.h"

enum { EACH_MS = 1000, TIMEOUT_MS = 800, COLUMNS = 80, LINES = 24 };

static const char enter_screen[] = "\033[?1049h\033[?25l";
static const char leave_screen[] = "\033[?25h\033[?1049l";

static volatile sig_atomic_t ended, stopped;

static void note_end(int signal) {
    (void)signal;
    ended = 1;
}

static void note_stop(int signal) {
    (void)signal;
    stopped = 1;
}

/* Without SA_RESTART: a wait ends at once. */
static void watch_signals(void) {
    static const int ends[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT};
    struct sigaction action = {.sa_handler = note_end};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        sigaction(ends[i], &action, NULL);
    }
    action.sa_handler = note_stop;
    sigaction(SIGTSTP, &action, NULL);
}

/* --- the terminal --- */

/* A picture over the last one: each line is cut at the terminal's width, counted in characters, and
 * what is left of an older, longer one is wiped. */
static void put_picture(struct output *out, struct text picture) {
    struct winsize size = {.ws_row = 0};
    ioctl(STDOUT_FILENO, TIOCGWINSZ, &size);
    size_t columns = size.ws_col > 0 ? size.ws_col : COLUMNS;
    size_t lines = size.ws_row > 0 ? size.ws_row : LINES;
    output_string(out, "\033[H");
    for (size_t line = 0; picture.data != NULL && line + 1 < lines; line++) {
        struct text text = text_cut(&picture, '\n');
        size_t shown = 0, end = 0;
        while (end < text.len && shown < columns) {
            shown += ((unsigned char)text.data[end] & 0xC0) != 0x80;
            end++;
        }
        while (end < text.len && ((unsigned char)text.data[end] & 0xC0) == 0x80) {
            end++;
        }
        output_text(out, text_span(text.data, end));
        output_string(out, "\033[K\n");
    }
    output_string(out, "^C ends\033[J");
}

static void show_in_terminal(const struct top *top, struct output *out) {
    struct output picture;
    output_init(&picture, -1);
    top_show(top, &picture);
    put_picture(out, buffer_text(&picture.buffer));
    output_done(&picture);
}

/* ^Z gives the terminal back as it was, and takes it again when one comes back. */
static void pause_if_asked(struct output *out) {
    if (stopped) {
        stopped = 0;
        output_string(out, leave_screen);
        output_flush(out);
        raise(SIGSTOP);
        output_string(out, enter_screen);
    }
}

/* --- the loop --- */

static void wait_for(int64_t at_ms) {
    int64_t left_ms;
    while (!ended && !stopped && (left_ms = at_ms - clock_monotonic_ms()) > 0) {
        poll(NULL, 0, (int)left_ms);
    }
}

struct manner {
    bool once, json, terminal;
};

static void show(const struct top *top, struct output *out, const struct manner *manner) {
    if (manner->json) {
        top_show_json(top, out);
    } else if (manner->terminal) {
        show_in_terminal(top, out);
    } else {
        top_show(top, out);
        output_string(out, manner->once ? "" : "\n");
    }
}

/* The first picture comes when there are two looks to compare. */
static void watch(struct top *top, struct output *out, const struct manner *manner) {
    int64_t next_ms = clock_monotonic_ms();
    top_look(top, TIMEOUT_MS);
    do {
        next_ms += EACH_MS;
        wait_for(next_ms);
        if (ended) {
            break;
        }
        if (manner->terminal) {
            pause_if_asked(out);
        }
        top_look(top, TIMEOUT_MS);
        show(top, out, manner);
        if (clock_monotonic_ms() > next_ms + EACH_MS) {
            next_ms = clock_monotonic_ms();
        }
    } while (output_flush(out) && !manner->once);
}

static enum outcome open_top(struct context *context, struct top *top) {
    const char *const *addresses = context->options.arguments;
    size_t count = (size_t)context->options.count;
    if (count == 0) {
        enum outcome outcome = context_settings(context, SETTINGS_TABLE);
        if (outcome != OUTCOME_DONE) {
            return outcome;
        }
        addresses = &context->settings.operators_listen;
        count = 1;
        if (*addresses == NULL) {
            context_say("name the operators' listeners, such as "
                        "/run/countersign/operators.*/operators.sock, or set operators_listen");
            return OUTCOME_WRONG;
        }
    }
    if (!top_init(top, addresses, count)) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    return OUTCOME_DONE;
}

enum outcome run_top(struct context *context) {
    struct manner manner = {options_has(&context->options, "--once"), context->json, false};
    struct top top = {.count = 0};
    enum outcome outcome = open_top(context, &top);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    manner.terminal = !manner.once && !manner.json && isatty(STDOUT_FILENO);
    watch_signals();
    if (manner.terminal) {
        output_string(&context->out, enter_screen);
    }
    watch(&top, &context->out, &manner);
    if (manner.terminal) {
        output_string(&context->out, leave_screen);
    }
    bool none = top_up(&top) == 0;
    top_done(&top);
    return none ? OUTCOME_AWAY : OUTCOME_DONE;
}
