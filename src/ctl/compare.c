#include "ctl/compare.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/clock.h"
#include "ctl/context.h"
#include "store/petitions.h"

enum { PAUSE_MS = 100 };

/* --- reading --- */

static struct compare_row *row_find(const struct compare *compare, struct text slug) {
    for (size_t i = 0; i < compare->count; i++) {
        if (text_equal(compare->rows[i].audit.slug, slug)) {
            return &compare->rows[i];
        }
    }
    return NULL;
}

static enum status mark_open(struct compare *compare, struct pg *pg, struct arena *arena) {
    struct petitions_row *rows = NULL;
    size_t count = 0;
    enum status status = petitions_list(pg, arena, context_soon(), &rows, &count);
    for (size_t i = 0; status == ST_OK && i < count; i++) {
        struct compare_row *row = row_find(compare, rows[i].slug);
        if (row != NULL) {
            row->open = text_is(rows[i].state, "open") && !rows[i].over;
        }
    }
    return status;
}

enum status compare_read(struct compare *compare, struct pg *pg, struct arena *arena,
                         struct text slug) {
    struct audit_rows audits = {NULL, 0};
    int64_t deadline_ms = context_late();
    enum status status = audit_read(pg, slug, arena, deadline_ms, &audits);
    if (status != ST_OK) {
        return status;
    }
    struct compare_row *rows = arena_alloc(arena, (audits.count + 1) * sizeof *rows);
    if (rows == NULL) {
        return ST_FAULT;
    }
    for (size_t i = 0; i < audits.count; i++) {
        rows[i].audit = audits.items[i];
        rows[i].tally.version = rows[i].first_tally.version = -1;
    }
    *compare = (struct compare){.arena = arena, .rows = rows, .count = audits.count};
    return mark_open(compare, pg, arena);
}

static bool name_all(const struct compare *compare, struct count_list *list) {
    list->items = calloc(compare->count + 1, sizeof *list->items);
    if (list->items == NULL) {
        return false;
    }
    list->count = compare->count;
    for (size_t i = 0; i < compare->count; i++) {
        const struct text slug = compare->rows[i].audit.slug;
        memcpy(list->items[i].slug, slug.data, slug.len < SLUG_MAX ? slug.len : SLUG_MAX);
    }
    return true;
}

void compare_ask_redis(struct compare *compare, struct redis *redis) {
    struct count_list list = {0};
    compare->redis_away = !name_all(compare, &list) || counts_fetch(redis, &list) != ST_OK;
    for (size_t i = 0; !compare->redis_away && i < compare->count; i++) {
        compare->rows[i].published = list.items[i].version >= 0;
        compare->rows[i].redis = list.items[i];
    }
    count_list_done(&list);
}

static enum status read_tally(struct compare *compare, struct pg *pg) {
    struct count_list list = {0};
    enum status status = counts_read(pg, NULL, 0, context_soon(), &list);
    for (size_t i = 0; status == ST_OK && i < list.count; i++) {
        struct compare_row *row = row_find(compare, text_of(list.items[i].slug));
        if (row != NULL) {
            row->tally = list.items[i];
            row->first_tally = row->first_tally.version < 0 ? row->tally : row->first_tally;
        }
    }
    count_list_done(&list);
    return status;
}

/* --- judging --- */

/* The tally was read after Redis, so Redis cannot rightly be ahead of it. */
enum compare_verdict compare_judge(const struct compare_row *row) {
    const struct count *redis = &row->redis, *tally = &row->tally;
    if (tally->version < 0) {
        return COMPARE_EQUAL;
    }
    if (!row->published) {
        return row->open ? COMPARE_BEHIND : COMPARE_EQUAL;
    }
    if (redis->generation != tally->generation) {
        return redis->generation < tally->generation ? COMPARE_BEHIND : COMPARE_WRONG;
    }
    if (redis->version == tally->version) {
        return redis->n == tally->n ? COMPARE_EQUAL : COMPARE_WRONG;
    }
    if (redis->version > tally->version) {
        return COMPARE_WRONG;
    }
    return redis->version >= row->first_tally.version ? COMPARE_TRAILS : COMPARE_BEHIND;
}

static bool settled(const struct compare *compare) {
    for (size_t i = 0; i < compare->count; i++) {
        if (compare_judge(&compare->rows[i]) != COMPARE_EQUAL) {
            return false;
        }
    }
    return true;
}

/* --- telling --- */

__attribute__((format(printf, 3, 4))) static void
add(struct compare *compare, struct compare_row *row, const char *format, ...) {
    char line[256];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    struct text text = arena_copy(compare->arena, text_of(line));
    row->differences[row->differences_count++] = text.data != NULL ? text.data : "(out of memory)";
}

static void tell_database(struct compare *compare, struct compare_row *row) {
    const struct audit_row *audit = &row->audit;
    if (audit->in_table + audit->erased != audit->tally) {
        add(compare, row, "table %lld and %lld erased, tally %lld", (long long)audit->in_table,
            (long long)audit->erased, (long long)audit->tally);
    }
    if (audit->places != audit->tally || audit->places_differ != 0) {
        add(compare, row, "places sum to %lld, tally %lld; %lld places differ from the table",
            (long long)audit->places, (long long)audit->tally, (long long)audit->places_differ);
    }
    if (audit->hours != audit->tally || audit->hours_differ != 0) {
        add(compare, row, "hours sum to %lld, tally %lld; %lld hours differ from the table",
            (long long)audit->hours, (long long)audit->tally, (long long)audit->hours_differ);
    }
    if (audit->referrals_differ != 0) {
        add(compare, row, "%lld referrers differ from the table",
            (long long)audit->referrals_differ);
    }
}

static void tell_redis(struct compare *compare, struct compare_row *row) {
    enum compare_verdict verdict = compare_judge(row);
    if (verdict == COMPARE_EQUAL || verdict == COMPARE_TRAILS) {
        return;
    }
    if (!row->published) {
        add(compare, row, "Redis has nothing, tally %lld", (long long)row->tally.n);
        return;
    }
    add(compare, row, "Redis %lld (generation %lld, version %lld), tally %lld (%lld, %lld)",
        (long long)row->redis.n, (long long)row->redis.generation, (long long)row->redis.version,
        (long long)row->tally.n, (long long)row->tally.generation, (long long)row->tally.version);
}

static void pause_ms(int ms) {
    struct timespec time = {ms / 1000, (long)(ms % 1000) * 1000000};
    nanosleep(&time, NULL);
}

enum status compare_settle(struct compare *compare, struct pg *pg, struct redis *redis,
                           int patience_ms) {
    int64_t deadline_ms = clock_monotonic_ms() + patience_ms;
    for (;;) {
        compare_ask_redis(compare, redis);
        enum status status = compare->redis_away ? ST_OK : read_tally(compare, pg);
        if (status != ST_OK) {
            return status;
        }
        if (compare->redis_away || settled(compare) || clock_monotonic_ms() >= deadline_ms) {
            break;
        }
        pause_ms(PAUSE_MS);
    }
    for (size_t i = 0; i < compare->count; i++) {
        tell_database(compare, &compare->rows[i]);
        if (!compare->redis_away) {
            tell_redis(compare, &compare->rows[i]);
        }
    }
    return ST_OK;
}

bool compare_equal(const struct compare *compare) {
    for (size_t i = 0; i < compare->count; i++) {
        if (compare->rows[i].differences_count > 0) {
            return false;
        }
    }
    return true;
}
