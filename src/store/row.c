#include "row.h"

void *row_read_all(PGresult *result, struct arena *arena, size_t size,
                   void (*read)(struct row *row, void *out), size_t *count) {
    int rows = PQntuples(result);
    char *list = arena_alloc(arena, ((size_t)rows + 1) * size);
    struct row row = {result, 0, arena, !list};
    for (; row.at < rows && !row.failed; row.at++)
        read(&row, list + (size_t)row.at * size);
    PQclear(result);
    *count = (size_t)rows;
    return row.failed ? NULL : list;
}
