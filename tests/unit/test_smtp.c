#include "unit.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "link/smtp.h"

static const struct smtp_options options = {.server = "127.0.0.1:1",
                                            .hello = "test.example",
                                            .tls = SMTP_PLAIN,
                                            .connections = 2,
                                            .timeout_ms = 2000};

static struct smtp *smtp;

static void set_up(void) {
    smtp = smtp_new(&options);
    ck_assert_ptr_nonnull(smtp);
}

static void tear_down(void) {
    smtp_free(&smtp);
    ck_assert_ptr_null(smtp);
}

static struct smtp_letter *send_to(struct smtp_letter *letter, const char *from, const char *to) {
    *letter = (struct smtp_letter){.from = from, .to = to, .data = text_of("x\r\n")};
    ck_assert_int_eq(smtp_put(smtp, letter, false), ST_OK);
    smtp_wait(smtp, clock_monotonic_ms() + 5000);
    return smtp_take(smtp);
}

/* libcurl 7.88 would say the second line of these to the server. */
static const char *const bad[] = {"a@example.org\r\nRCPT TO:<b@example.org>",
                                  "a@example.org\nDATA",
                                  "a@exam ple.org",
                                  "<a@example.org>",
                                  "a@example.org>,<b@example.org",
                                  "\"a b\"@example.org",
                                  "a@b@example.org",
                                  "@example.org",
                                  "a@",
                                  "",
                                  "j\xc3\xb6rg@example.org",
                                  "a@ex\xc3\xa4mple.org",
                                  "a\x7f@example.org"};

START_TEST(E5_M9_an_address_that_is_more_than_that_goes_nowhere) {
    struct smtp_letter letter;
    ck_assert_ptr_eq(send_to(&letter, "us@example.org", bad[_i]), &letter);
    ck_assert_int_eq(letter.end, SMTP_BAD_ADDRESS);
    ck_assert_ptr_eq(send_to(&letter, bad[_i], "a@example.org"), &letter);
    ck_assert_int_eq(letter.end, SMTP_BAD_ADDRESS);
    ck_assert_uint_eq(smtp_in_flight(smtp), 0);
}
END_TEST

START_TEST(M1_a_server_that_is_not_there_is_broken_at_connecting) {
    struct smtp_letter letter;
    ck_assert_ptr_eq(send_to(&letter, "us@example.org", "a@example.org"), &letter);
    ck_assert_int_eq(letter.end, SMTP_BROKEN);
    ck_assert_int_eq(letter.step, SMTP_AT_CONNECT);
    ck_assert_int_eq(letter.code, 0);
    ck_assert_uint_gt(strlen(letter.what), 0);
}
END_TEST

START_TEST(M1_who_only_tries_learns_the_same) {
    struct smtp_letter told;
    smtp_try(&options, &told);
    ck_assert_int_eq(told.end, SMTP_BROKEN);
    ck_assert_int_eq(told.step, SMTP_AT_CONNECT);
    ck_assert_uint_gt(strlen(told.what), 0);
}
END_TEST

START_TEST(M7_a_word_that_is_none_of_these_asks_for_tls) {
    ck_assert_int_eq(smtp_tls_of("none"), SMTP_PLAIN);
    ck_assert_int_eq(smtp_tls_of("implicit"), SMTP_IMPLICIT);
    ck_assert_int_eq(smtp_tls_of("starttls"), SMTP_STARTTLS);
    ck_assert_int_eq(smtp_tls_of("None"), SMTP_STARTTLS);
}
END_TEST

START_TEST(there_are_no_more_in_flight_than_connections) {
    static struct smtp_letter letters[3]; /* two are in flight until the end */
    for (size_t i = 0; i < 3; i++) {
        letters[i] = (struct smtp_letter){
            .from = "us@example.org", .to = "a@example.org", .data = text_of("x\r\n")};
        ck_assert_int_eq(smtp_put(smtp, &letters[i], false), i < 2 ? ST_OK : ST_BUSY);
    }
    ck_assert_uint_eq(smtp_in_flight(smtp), 2);
}
END_TEST

START_TEST(a_wait_ends_at_its_deadline) {
    int64_t before_ms = clock_monotonic_ms();
    smtp_wait(smtp, before_ms + 50);
    ck_assert_int_ge(clock_monotonic_ms(), before_ms + 50);
    ck_assert_ptr_null(smtp_take(smtp));
}
END_TEST

/* --- a server that says nothing to QUIT --- */

static void say(int peer, const char *words) {
    (void)!write(peer, words, strlen(words));
}

static void *be_mute_at_the_end(void *listener) {
    char line[256];
    int peer = accept(*(int *)listener, NULL, NULL);
    FILE *from = fdopen(peer, "r");
    bool in_letter = false, quit = false;
    say(peer, "220 x\r\n");
    while (!quit && fgets(line, sizeof line, from)) {
        quit = strncmp(line, "QUIT", 4) == 0;
        bool ends = strcmp(line, ".\r\n") == 0;
        if (!quit && (ends || !in_letter))
            say(peer, strncmp(line, "DATA", 4) == 0 ? "354 x\r\n" : "250 x\r\n");
        in_letter = !ends && (in_letter || strncmp(line, "DATA", 4) == 0);
    }
    while (fgets(line, sizeof line, from)) {
    }
    fclose(from);
    return quit ? listener : NULL;
}

START_TEST(M6_nobody_waits_for_a_goodbye) {
    struct sockaddr_in place = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof place;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_eq(bind(listener, (struct sockaddr *)&place, size), 0);
    ck_assert_int_eq(listen(listener, 1), 0);
    ck_assert_int_eq(getsockname(listener, (struct sockaddr *)&place, &size), 0);
    char server[32];
    snprintf(server, sizeof server, "127.0.0.1:%d", ntohs(place.sin_port));
    struct smtp_options patient = options;
    patient.server = server;
    patient.timeout_ms = 300000; /* longer than a test may take */
    pthread_t thread;
    ck_assert_int_eq(pthread_create(&thread, NULL, be_mute_at_the_end, &listener), 0);
    smtp_free(&smtp);
    smtp = smtp_new(&patient);
    struct smtp_letter letter;
    ck_assert_ptr_eq(send_to(&letter, "us@example.org", "a@example.org"), &letter);
    ck_assert_int_eq(letter.end, SMTP_DONE);
    smtp_free(&smtp);
    void *quit = NULL;
    pthread_join(thread, &quit);
    ck_assert_ptr_nonnull(quit);
    close(listener);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("smtp");
    TCase *cases = tcase_create("smtp");
    tcase_set_timeout(cases, 30);
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_loop_test(cases, E5_M9_an_address_that_is_more_than_that_goes_nowhere, 0,
                        (int)(sizeof bad / sizeof bad[0]));
    tcase_add_test(cases, M1_a_server_that_is_not_there_is_broken_at_connecting);
    tcase_add_test(cases, M1_who_only_tries_learns_the_same);
    tcase_add_test(cases, M7_a_word_that_is_none_of_these_asks_for_tls);
    tcase_add_test(cases, there_are_no_more_in_flight_than_connections);
    tcase_add_test(cases, a_wait_ends_at_its_deadline);
    tcase_add_test(cases, M6_nobody_waits_for_a_goodbye);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
