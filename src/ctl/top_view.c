#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "ctl/top.h"

/* Places in the rules of top.c. */
enum {
    W_SIGNED,
    W_CONFIRMED,
    W_REQUESTS,
    W_POLLS,
    W_REFUSED,
    W_LIMITED,
    W_SHED,
    W_QUEUE,
    W_QUEUE_LIMIT,
    W_BATCH,
    W_QUEUE_P99,
    W_LIMITS_P99,
    W_COMMIT_P50,
    W_COMMIT_P99,
    W_WRITE_P99,
    W_PUBLISH_P99,
    W_DATABASE,
    W_REDIS
};
enum {
    M_SENT,
    M_LATER,
    M_REFUSED,
    M_IN_HAND,
    M_IN_FLIGHT,
    M_UNTRIED,
    M_DEFERRED,
    M_OLDEST,
    M_LETTER_P99,
    M_SERVER,
    M_DATABASE
};
enum { CELL = 16, PLACE_COLUMNS = 18 };

/* --- cells --- */

struct cell {
    char text[CELL];
};

static struct cell rate(double value) {
    struct cell cell = {"-"};
    if (value >= 0) {
        snprintf(cell.text, CELL, value < 1000 ? "%.1f" : "%.0f", value);
    }
    return cell;
}

static struct cell whole(double value) {
    struct cell cell = {"-"};
    if (value >= 0) {
        snprintf(cell.text, CELL, "%.0f", value);
    }
    return cell;
}

/* Three digits and a unit, at most six characters. */
static struct cell lasting(double seconds) {
    struct cell cell = {"-"};
    if (seconds >= 86400) {
        snprintf(cell.text, CELL, "%.1fd", seconds / 86400);
    } else if (seconds >= 3600) {
        snprintf(cell.text, CELL, "%.1fh", seconds / 3600);
    } else if (seconds >= 100) {
        snprintf(cell.text, CELL, "%.0fmin", seconds / 60);
    } else if (seconds >= 1) {
        snprintf(cell.text, CELL, "%.1fs", seconds);
    } else if (seconds > 0) {
        snprintf(cell.text, CELL, seconds < 0.01 ? "%.1fms" : "%.0fms", seconds * 1000);
    } else if (seconds >= 0) {
        snprintf(cell.text, CELL, "0");
    }
    return cell;
}

static const char *state(double up) {
    return up < 0 ? "-" : up > 0 ? "ok" : "AWAY";
}

/* A path's last part, or the end of what is long still. */
static struct text short_place(const char *address) {
    const char *slash = strrchr(address, '/');
    address = slash != NULL ? slash + 1 : address;
    size_t len = strlen(address);
    return text_of(len > PLACE_COLUMNS ? address + len - PLACE_COLUMNS : address);
}

/* --- the picture --- */

static void count_kind(const struct top *top, enum top_kind kind, size_t *up, size_t *all) {
    *up = *all = 0;
    for (size_t i = 0; i < top->count; i++) {
        if (top->kinds[i] == kind) {
            *all += 1;
            *up += top->places[i].now->up;
        }
    }
}

static void show_head(const struct top *top, struct output *out) {
    char time[CLOCK_TEXT_SIZE];
    size_t workers, workers_up, mailers, mailers_up;
    clock_format(time, clock_unix_ms() / 1000 * 1000);
    count_kind(top, TOP_WORKER, &workers_up, &workers);
    count_kind(top, TOP_MAILER, &mailers_up, &mailers);
    output_printf(out, "countersign top  %.10s %.8s UTC  workers %zu/%zu  mailers %zu/%zu", time,
                  time + 11, workers_up, workers, mailers_up, mailers);
    if (top_up(top) < top->count) {
        output_printf(out, "  NO ANSWER %zu", top->count - top_up(top));
    }
    output_string(out, "\n");
}

static void show_sums(const struct top *top, struct output *out) {
    double n[TOP_NUMBERS_MAX];
    top_numbers(top, TOP_WORKER, -1, n);
    output_printf(out, "signatures %10s/s   confirmed  %10s/s   counts asked %8s/s\n",
                  rate(n[W_SIGNED]).text, rate(n[W_CONFIRMED]).text, rate(n[W_POLLS]).text);
    output_printf(out, "turned away%10s/s   limited    %10s/s   shed         %8s/s\n",
                  rate(n[W_REFUSED]).text, rate(n[W_LIMITED]).text, rate(n[W_SHED]).text);
    output_printf(out, "commit p50 %10s     p99        %10s     write p99    %8s\n",
                  lasting(n[W_COMMIT_P50]).text, lasting(n[W_COMMIT_P99]).text,
                  lasting(n[W_WRITE_P99]).text);
    output_printf(out, "queue      %10s     of         %10s     its p99      %8s\n",
                  whole(n[W_QUEUE]).text, whole(n[W_QUEUE_LIMIT]).text,
                  lasting(n[W_QUEUE_P99]).text);
    output_printf(out, "batch mean %10s     limits p99 %10s     publish p99  %8s\n",
                  rate(n[W_BATCH]).text, lasting(n[W_LIMITS_P99]).text,
                  lasting(n[W_PUBLISH_P99]).text);
}

static void show_reasons(const struct top *top, struct output *out) {
    struct top_reason reasons[TOP_REASONS_MAX];
    size_t count = top_reasons(top, reasons);
    size_t used = 0;
    for (size_t i = 0; i < count; i++) {
        char word[96];
        int len =
            snprintf(word, sizeof word, "%s %s/s", reasons[i].what, rate(reasons[i].rate).text);
        if (used > 0 && used + 3 + (size_t)len > 80 - 10) {
            break;
        }
        output_printf(out, "%s%s", used > 0 ? " · " : "because   ", word);
        used += (size_t)len + (used > 0 ? 3 : 0);
    }
    output_string(out, count > 0 ? "\n" : "");
}

static void show_place(struct output *out, const char *address) {
    struct text place = short_place(address);
    output_printf(out, "%-*.*s", PLACE_COLUMNS, (int)place.len, place.data);
}

static void show_workers(const struct top *top, struct output *out) {
    bool any = false;
    for (size_t i = 0; i < top->count; i++) {
        double n[TOP_NUMBERS_MAX];
        if (top->kinds[i] != TOP_WORKER) {
            continue;
        }
        if (!any) {
            output_string(out,
                          "\nworker              sign/s   shed/s  queue  batch     p50     p99  "
                          "PG    Redis\n");
        }
        any = true;
        show_place(out, top->places[i].address);
        if (!top->places[i].now->up) {
            output_string(out, "  no answer\n");
            continue;
        }
        top_numbers(top, TOP_WORKER, (int)i, n);
        output_printf(out, "%8s %8s %6s %6s %7s %7s  %-5s %s\n", rate(n[W_SIGNED]).text,
                      rate(n[W_SHED]).text, whole(n[W_QUEUE]).text, rate(n[W_BATCH]).text,
                      lasting(n[W_COMMIT_P50]).text, lasting(n[W_COMMIT_P99]).text,
                      state(n[W_DATABASE]), state(n[W_REDIS]));
    }
}

static void show_mailers(const struct top *top, struct output *out) {
    bool any = false;
    for (size_t i = 0; i < top->count; i++) {
        double n[TOP_NUMBERS_MAX];
        if (top->kinds[i] != TOP_MAILER) {
            continue;
        }
        if (!any) {
            output_string(out,
                          "\nmailer              sent/s later/s  wire  untried  put off oldest  "
                          "PG    server\n");
        }
        any = true;
        show_place(out, top->places[i].address);
        if (!top->places[i].now->up) {
            output_string(out, "  no answer\n");
            continue;
        }
        top_numbers(top, TOP_MAILER, (int)i, n);
        output_printf(out, "%8s %7s %5s %8s %8s %6s  %-5s %s\n", rate(n[M_SENT]).text,
                      rate(n[M_LATER]).text, whole(n[M_IN_FLIGHT]).text, whole(n[M_UNTRIED]).text,
                      whole(n[M_DEFERRED]).text, lasting(n[M_OLDEST]).text, state(n[M_DATABASE]),
                      n[M_SERVER] > 0 ? "ok" : "STOPPED");
    }
}

static void show_nobody(const struct top *top, struct output *out) {
    for (size_t i = 0; i < top->count; i++) {
        if (top->kinds[i] == TOP_NOBODY) {
            output_printf(out, "\n%.60s  no answer", top->places[i].address);
        }
    }
    output_string(out, "\n");
}

void top_show(const struct top *top, struct output *out) {
    show_head(top, out);
    show_sums(top, out);
    show_reasons(top, out);
    show_workers(top, out);
    show_mailers(top, out);
    if (top_up(top) < top->count) {
        show_nobody(top, out);
    }
}

/* --- JSON --- */

static json_t *numbers_json(const struct top *top, enum top_kind kind, int only) {
    double n[TOP_NUMBERS_MAX];
    const struct top_rule *rules = top_rules(kind);
    json_t *object = json_object();
    top_numbers(top, kind, only, n);
    for (size_t i = 0; rules[i].name != NULL; i++) {
        json_object_set_new(object, rules[i].name, n[i] < 0 ? json_null() : json_real(n[i]));
    }
    return object;
}

static json_t *places_json(const struct top *top, enum top_kind kind) {
    json_t *list = json_array();
    for (size_t i = 0; i < top->count; i++) {
        if (top->kinds[i] == kind) {
            json_t *place = numbers_json(top, kind, (int)i);
            json_object_set_new(place, "address", json_string(top->places[i].address));
            json_object_set_new(place, "up", json_boolean(top->places[i].now->up));
            json_array_append_new(list, place);
        }
    }
    return list;
}

static json_t *reasons_json(const struct top *top) {
    struct top_reason reasons[TOP_REASONS_MAX];
    size_t count = top_reasons(top, reasons);
    json_t *object = json_object();
    for (size_t i = 0; i < count; i++) {
        json_object_set_new(object, reasons[i].what, json_real(reasons[i].rate));
    }
    return object;
}

static json_t *silent_json(const struct top *top) {
    json_t *list = json_array();
    for (size_t i = 0; i < top->count; i++) {
        if (!top->places[i].now->up || top->kinds[i] == TOP_NOBODY) {
            json_array_append_new(list, json_string(top->places[i].address));
        }
    }
    return list;
}

void top_show_json(const struct top *top, struct output *out) {
    char time[CLOCK_TEXT_SIZE];
    clock_format(time, clock_unix_ms());
    output_json(out,
                json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "at", time, "all",
                          numbers_json(top, TOP_WORKER, -1), "turned_away_per_second",
                          reasons_json(top), "workers", places_json(top, TOP_WORKER), "mailers",
                          places_json(top, TOP_MAILER), "silent", silent_json(top)));
}
