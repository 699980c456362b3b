#include "base/status.h"

#include <stddef.h>

static const char *const names[ST_COUNT] = {
    [ST_OK] = "ok",
    [ST_INVALID] = "invalid",
    [ST_NOT_FOUND] = "not_found",
    [ST_GONE] = "gone",
    [ST_DUPLICATE] = "duplicate",
    [ST_LIMITED] = "limited",
    [ST_BUSY] = "busy",
    [ST_UNAVAILABLE] = "unavailable",
    [ST_UNCERTAIN] = "uncertain",
    [ST_FORBIDDEN] = "forbidden",
    [ST_FAULT] = "fault",
};

const char *status_name(enum status status) {
    size_t index = (size_t)status;
    return index < ST_COUNT ? names[index] : "unknown";
}
