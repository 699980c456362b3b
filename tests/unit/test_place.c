#include "unit.h"

#include "core/place.h"

START_TEST(countries_are_those_of_iso_3166) {
    static const char *const known[] = {"US", "DE", "GB", "AD", "ZW"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        ck_assert_msg(place_country_known(text_of(known[i])), "%s", known[i]);
    }
    static const char *const unknown[] = {"", "us", "Us", "UK", "XX", "USA", "U", "U ", "EU"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ck_assert_msg(!place_country_known(text_of(unknown[i])), "%s", unknown[i]);
    }
    ck_assert(!place_country_known(text_span("U\0", 2)));
    ck_assert(!place_country_known(text_of(NULL)));
}
END_TEST

START_TEST(regions_belong_to_their_country) {
    ck_assert(place_region_known(text_of("US"), text_of("US-CA")));
    ck_assert(place_region_known(text_of("GB"), text_of("GB-ENG")));
    ck_assert(place_region_known(text_of("FR"), text_of("FR-75C")) ||
              place_region_known(text_of("FR"), text_of("FR-75")));
    static const char *const unknown[] = {"",      "US",    "US-",    "US-ZZ",         "CA-ON",
                                          "us-ca", "US_CA", "US-CAX", "US-CALIFORNIA", "USXCA",
                                          "US-C"};
    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        ck_assert_msg(!place_region_known(text_of("US"), text_of(unknown[i])), "%s", unknown[i]);
    }
    ck_assert(!place_region_known(text_of(NULL), text_of("US-CA")));
    ck_assert(!place_region_known(text_of("USA"), text_of("US-CA")));
    ck_assert(!place_region_known(text_of("US"), text_span("US-\0A", 5)));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("place");
    TCase *cases = tcase_create("place");
    tcase_add_test(cases, countries_are_those_of_iso_3166);
    tcase_add_test(cases, regions_belong_to_their_country);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
