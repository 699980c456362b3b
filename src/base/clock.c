#include "base/clock.h"

#include <limits.h>
#include <stdio.h>
#include <time.h>

enum { DAY_S = 86400 };

/* 0000-01-01T00:00:00Z and the millisecond before 10000-01-01. */
static const int64_t least_ms = INT64_C(-62167219200000);
static const int64_t most_ms = INT64_C(253402300799999);

static int64_t now_us(clockid_t clock) {
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_monotonic_us(void) {
    return now_us(CLOCK_MONOTONIC);
}

int64_t clock_monotonic_ms(void) {
    return now_us(CLOCK_MONOTONIC) / 1000;
}

int64_t clock_unix_ms(void) {
    return now_us(CLOCK_REALTIME) / 1000;
}

int clock_left_ms(int64_t deadline_ms) {
    int64_t now = clock_monotonic_ms();
    if (deadline_ms <= now) {
        return 0;
    }
    return deadline_ms - now > INT_MAX ? INT_MAX : (int)(deadline_ms - now);
}

struct date {
    int year, month, day;
};

/* Days since 1970-01-01, by the 400-year cycle that starts on a 1st of March. Not timegm, which
 * looks at the time zone database. */
static int64_t days_of(struct date date) {
    int64_t year = date.month <= 2 ? date.year - 1 : date.year;
    int64_t cycle = (year >= 0 ? year : year - 399) / 400;
    int64_t of_cycle = year - cycle * 400;
    int64_t of_year = (153 * (date.month + (date.month > 2 ? -3 : 9)) + 2) / 5 + date.day - 1;
    return cycle * 146097 + of_cycle * 365 + of_cycle / 4 - of_cycle / 100 + of_year - 719468;
}

static struct date date_of(int64_t days) {
    days += 719468;
    int64_t cycle = (days >= 0 ? days : days - 146096) / 146097;
    int64_t of_cycle = days - cycle * 146097;
    int64_t year = (of_cycle - of_cycle / 1460 + of_cycle / 36524 - of_cycle / 146096) / 365;
    int64_t of_year = of_cycle - (365 * year + year / 4 - year / 100);
    int64_t month = (5 * of_year + 2) / 153;
    struct date date = {.day = (int)(of_year - (153 * month + 2) / 5 + 1)};
    date.month = (int)(month < 10 ? month + 3 : month - 9);
    date.year = (int)(year + cycle * 400 + (date.month <= 2 ? 1 : 0));
    return date;
}

void clock_format(char out[CLOCK_TEXT_SIZE], int64_t unix_ms) {
    unix_ms = unix_ms < least_ms ? least_ms : unix_ms > most_ms ? most_ms : unix_ms;
    int64_t since = unix_ms - least_ms;
    int64_t of_day = since % (DAY_S * INT64_C(1000));
    struct date date = date_of((unix_ms - of_day) / (DAY_S * INT64_C(1000)));
    int second = (int)(of_day / 1000);
    snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", date.year % 10000,
             date.month % 100, date.day % 100, second / 3600, second / 60 % 60, second % 60,
             (int)(of_day % 1000));
}

/* Exactly `digits` digits, then `next` (0: nothing is looked at); -1: something else. */
static int number(struct text *rest, size_t digits, char next) {
    unsigned long long value;
    size_t whole = digits + (next ? 1 : 0);
    if (rest->len < whole || !text_to_u64(text_span(rest->data, digits), &value) ||
        (next && rest->data[digits] != next)) {
        return -1;
    }
    rest->data += whole;
    rest->len -= whole;
    return (int)value;
}

static bool parse_date(struct text *rest, int64_t *ms) {
    static const int month_days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date date = {number(rest, 4, '-'), 0, 0};
    date.month = date.year < 0 ? -1 : number(rest, 2, '-');
    date.day = date.month < 0 ? -1 : number(rest, 2, 0);
    if (date.month < 1 || date.month > 12) {
        return false;
    }
    bool leap = (date.year % 4 == 0 && date.year % 100 != 0) || date.year % 400 == 0;
    int last = month_days[date.month - 1] + (date.month == 2 && leap ? 1 : 0);
    if (date.day < 1 || date.day > last) {
        return false;
    }
    *ms = days_of(date) * DAY_S * 1000;
    return true;
}

static bool parse_time(struct text *rest, int64_t *ms) {
    int hour = number(rest, 2, ':');
    int minute = hour < 0 ? -1 : number(rest, 2, ':');
    int second = minute < 0 ? -1 : number(rest, 2, 0);
    if (second < 0 || hour > 23 || minute > 59 || second > 59) {
        return false;
    }
    *ms += ((hour * 60 + minute) * 60 + second) * INT64_C(1000);
    return true;
}

/* One to nine digits behind a point; what is finer than a millisecond is cut. */
static bool parse_fraction(struct text *rest, int64_t *ms) {
    if (rest->len == 0 || rest->data[0] != '.') {
        return true;
    }
    size_t digits = 0;
    int fraction = 0;
    while (++digits < rest->len && rest->data[digits] >= '0' && rest->data[digits] <= '9') {
        fraction = digits <= 3 ? fraction * 10 + (rest->data[digits] - '0') : fraction;
    }
    if (digits < 2 || digits > 10) {
        return false;
    }
    for (size_t i = digits; i < 4; i++) {
        fraction *= 10;
    }
    *ms += fraction;
    rest->data += digits;
    rest->len -= digits;
    return true;
}

static bool parse_offset(struct text *rest, int64_t *ms) {
    char sign = rest->len > 0 ? rest->data[0] : '\0';
    if (sign == 'Z') {
        return rest->len == 1;
    }
    if (sign != '+' && sign != '-') {
        return false;
    }
    rest->data++;
    rest->len--;
    int hour = number(rest, 2, ':');
    int minute = hour < 0 ? -1 : number(rest, 2, 0);
    if (minute < 0 || hour > 23 || minute > 59 || rest->len > 0) {
        return false;
    }
    int64_t offset = (hour * 60 + minute) * INT64_C(60000);
    *ms += sign == '+' ? -offset : offset;
    return true;
}

bool clock_parse(struct text text, int64_t *unix_ms) {
    int64_t ms;
    if (!parse_date(&text, &ms)) {
        return false;
    }
    if (text.len > 0) {
        if (text.data[0] != 'T') {
            return false;
        }
        text = text_span(text.data + 1, text.len - 1);
        if (!parse_time(&text, &ms) || !parse_fraction(&text, &ms) || !parse_offset(&text, &ms)) {
            return false;
        }
    }
    if (ms < least_ms || ms > most_ms) {
        return false;
    }
    *unix_ms = ms;
    return true;
}
