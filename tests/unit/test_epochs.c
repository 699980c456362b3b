#include "unit.h"

#include "store/epochs.h"
#include "store_call.h"

static enum status add(struct pg *pg, int64_t deadline_ms) {
    static struct recipients recipients = {.count = 2};
    static uint8_t boxes[2][SEAL_EPOCH_BOX];
    const struct epochs_row row = {7, SEAL_LETTER, &recipients, boxes};
    return epochs_add(pg, &row, deadline_ms);
}

START_TEST(D2_an_epoch_that_is_not_stored_tells_its_status) {
    store_call_check(add);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("epochs");
    TCase *cases = tcase_create("epochs");
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, D2_an_epoch_that_is_not_stored_tells_its_status);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
