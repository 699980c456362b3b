/* Any bytes as a petition file: what comes out is one itself, and does not change in a second
 * round. */
#include <stdint.h>
#include <stdlib.h>

#include "core/json.h"
#include "core/petition_file.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static struct arena *arena;
    struct problems problems;
    struct text json, again;
    if (!arena) {
        json_start();
        arena = arena_new(65536, 64 << 20);
    }
    enum status status =
        petition_file_check(text_span((const char *)data, size), arena, &json, &problems);
    if (status == ST_OK && (petition_file_check(json, arena, &again, &problems) != ST_OK ||
                            !text_equal(json, again))) {
        abort();
    }
    if (status == ST_INVALID && problems.problem == PROBLEM_NONE) {
        abort();
    }
    arena_reset(arena);
    return 0;
}
