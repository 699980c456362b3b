#include "core/place.h"

#include <stdlib.h>
#include <string.h>

#include "places.h"

struct code {
    char string[8];
};

static bool to_code(struct text text, size_t most, struct code *out) {
    if (text.len == 0 || text.len > most || memchr(text.data, '\0', text.len)) {
        return false;
    }
    *out = (struct code){{0}};
    memcpy(out->string, text.data, text.len);
    return true;
}

static int compare(const void *a, const void *b) {
    return strcmp(a, b);
}

bool place_country_known(struct text code) {
    struct code wanted;
    return to_code(code, sizeof place_countries[0] - 1, &wanted) &&
           bsearch(wanted.string, place_countries, place_countries_count, sizeof place_countries[0],
                   compare) != NULL;
}

bool place_region_known(struct text country, struct text region) {
    struct code wanted;
    if (country.len != 2 || region.len < 4 || memcmp(region.data, country.data, 2) != 0 ||
        region.data[2] != '-') {
        return false;
    }
    return to_code(region, sizeof place_regions[0] - 1, &wanted) &&
           bsearch(wanted.string, place_regions, place_regions_count, sizeof place_regions[0],
                   compare) != NULL;
}
