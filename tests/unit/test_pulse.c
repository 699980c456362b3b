/* Who comes round, and who does not. */
#include "base/pulse.h"

#include "unit.h"

#define COUNT(array) (int)(sizeof(array) / sizeof(array)[0])

/* What a thread does between two looks: b is busy, i is idle; and the look at which it is found. */
static const struct {
    const char *does[8];
    int found; /* from 1; 0: never */
} lives[] = {
    {{"", "", "", "", "", "", "", ""}, 0},
    {{"b", "", "", "", "", "", "", ""}, 4},
    {{"b", "b", "b", "b", "b", "b", "b", "b"}, 0},
    {{"bi", "", "", "", "", "", "", ""}, 0},
    {{"b", "", "", "b", "", "", "", ""}, 7},
    {{"b", "", "", "bib", "", "", "i", ""}, 0},
    {{"i", "i", "b", "ib", "", "", "", ""}, 7},
    {{"bb", "ii", "bb", "ii", "bb", "ii", "bb", "ii"}, 0},
};

START_TEST(P12_it_hangs_who_is_met_at_the_same_work_again_and_again) {
    struct pulse pulses[2] = {{.name = "other"}, {.name = "one"}};
    int found = 0;

    for (int look = 0; look < 8 && !found; look++) {
        for (const char *does = lives[_i].does[look]; *does; does++)
            (*does == 'b' ? pulse_busy : pulse_idle)(&pulses[1]);
        if (pulse_look(pulses, 2) == &pulses[1])
            found = look + 1;
    }
    ck_assert_int_eq(found, lives[_i].found);
}
END_TEST

START_TEST(the_first_of_several_is_told) {
    struct pulse pulses[3] = {{.name = "idle"}, {.name = "first"}, {.name = "second"}};
    const struct pulse *hangs = NULL;

    pulse_busy(&pulses[1]);
    pulse_busy(&pulses[2]);
    for (int look = 0; look <= PULSE_LOOKS; look++)
        hangs = pulse_look(pulses, 3);
    ck_assert_ptr_eq(hangs, &pulses[1]);
    ck_assert_ptr_null(pulse_look(NULL, 0));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("pulse");
    TCase *cases = tcase_create("pulse");

    tcase_add_loop_test(cases, P12_it_hangs_who_is_met_at_the_same_work_again_and_again, 0,
                        COUNT(lives));
    tcase_add_test(cases, the_first_of_several_is_told);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
