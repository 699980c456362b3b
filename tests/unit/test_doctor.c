#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "base/secret.h"
#include "core/json.h"
#include "ctl/doctor.h"

#define PUBLIC_LINE "3p7bfXt9wbTTW2HC7OQ1Nz+DQ8hbeGdNrfx+FG+IK08=\n"

static struct context context;
static struct doctor doctor;

static void set_up(void) {
    ck_assert_int_eq(secret_start(), ST_OK);
    json_start();
    context_init(&context);
    doctor = (struct doctor){.context = &context};
}

static void tear_down(void) {
    context_done(&context);
    unit_remove();
}

static bool told(const char *part) {
    return context.out.buffer.data != NULL && strstr(context.out.buffer.data, part) != NULL;
}

static void forget(void) {
    buffer_reset(&context.out.buffer);
    doctor.any_no = doctor.any_away = false;
}

START_TEST(each_look_is_a_line) {
    doctor_say(&doctor, DOCTOR_OK, "a", "%d", 1);
    doctor_say(&doctor, DOCTOR_WARN, "b", "x");
    ck_assert(!doctor.any_no && !doctor.any_away);
    doctor_say(&doctor, DOCTOR_NO, "c", "x");
    doctor_say(&doctor, DOCTOR_AWAY, "d", "x");
    ck_assert(doctor.any_no && doctor.any_away);
    ck_assert_str_eq(context.out.buffer.data, "ok    a: 1\nwarn  b: x\nNO    c: x\nNO    d: x\n");
}
END_TEST

START_TEST(or_an_entry_of_json) {
    doctor.list = json_array();
    doctor_say(&doctor, DOCTOR_AWAY, "a", "x");
    ck_assert_uint_eq(json_array_size(doctor.list), 1);
    const char *level = json_string_value(json_object_get(json_array_get(doctor.list, 0), "level"));
    ck_assert_str_eq(level, "away");
    json_decref(doctor.list);
}
END_TEST

START_TEST(T2_clocks_may_differ_by_two_seconds) {
    doctor_clock(&doctor, "clock", 2000);
    doctor_clock(&doctor, "clock", -2000);
    ck_assert(!doctor.any_no);
    doctor_clock(&doctor, "clock", -2001);
    ck_assert(doctor.any_no);
    ck_assert(told("-2001 ms"));
}
END_TEST

START_TEST(a_socket_is_one_and_not_open_to_all) {
    doctor_socket(&doctor);
    ck_assert(told("ok    socket"));
    context.settings.socket = "/nonexistent/socket";
    doctor_socket(&doctor);
    ck_assert(!doctor.any_no && told("warn  socket"));
    context.settings.socket = unit_write("socket", "");
    doctor_socket(&doctor);
    ck_assert(doctor.any_no && told("is no socket"));
}
END_TEST

/* Looks with this file as public_keys_file, in a folder that nobody else may enter. */
static void look_at(const char *content, unsigned mode) {
    const char *path = unit_write("keys", content);
    ck_assert_int_eq(chmod(path, mode), 0);
    forget();
    context.settings.public_keys_file = path;
    context.settings.index_key_file = "/nonexistent";
    doctor_keys(&doctor);
}

START_TEST(O6_public_keys_must_be_usable) {
    look_at(PUBLIC_LINE, 0644);
    ck_assert(told("warn  public_keys_file") && told("recovery key"));
    look_at("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\n", 0644);
    ck_assert(told("NO    public_keys_file"));
    look_at(PUBLIC_LINE PUBLIC_LINE, 0644);
    ck_assert(told("NO    public_keys_file") && told("keys:2:"));
    look_at(PUBLIC_LINE, 0666);
    ck_assert(told("NO    public_keys_file") && told("too open"));
}
END_TEST

START_TEST(O7_a_secret_key_is_no_public_one) {
    look_at("secret AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n", 0600);
    ck_assert(told("NO    public_keys_file") && told("a secret key"));
    ck_assert(told("warn  secret keys"));
    ck_assert(!told("AAECAwQF"));
}
END_TEST

START_TEST(O14_an_index_key_file_is_looked_at) {
    context.settings.index_key_file = "/nonexistent";
    doctor_keys(&doctor);
    ck_assert(doctor.any_no && told("NO    index_key_file: /nonexistent: cannot be opened"));
    forget();
    context.settings.index_key_file = unit_write("index", "1 AAAA\n");
    doctor_keys(&doctor);
    ck_assert(told("NO    index_key_file") && told("index:1:"));
    forget();
    context.settings.index_key_file =
        unit_write("index", "4 AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=\n");
    ck_assert_int_eq(chmod(context.settings.index_key_file, 0600), 0);
    doctor_keys(&doctor);
    ck_assert(told("ok    index_key_file: new petitions get key 4") && !doctor.any_no);
    ck_assert_int_eq(chmod(context.settings.index_key_file, 0644), 0);
    doctor_keys(&doctor);
    ck_assert(doctor.any_no);
}
END_TEST

START_TEST(D1_services_that_are_away_are_told) {
    context.settings.operator_database = "host=/nonexistent";
    context.settings.redis = "unix:/nonexistent.sock";
    doctor_postgres(&doctor);
    doctor_redis(&doctor);
    ck_assert(doctor.any_away && !doctor.any_no);
    ck_assert(told("NO    operator_database") && told("NO    Redis"));
}
END_TEST

int main(void) {
    Suite *suite = suite_create("doctor");
    TCase *all = tcase_create("doctor");
    tcase_add_checked_fixture(all, set_up, tear_down);
    tcase_add_test(all, each_look_is_a_line);
    tcase_add_test(all, or_an_entry_of_json);
    tcase_add_test(all, T2_clocks_may_differ_by_two_seconds);
    tcase_add_test(all, a_socket_is_one_and_not_open_to_all);
    tcase_add_test(all, O6_public_keys_must_be_usable);
    tcase_add_test(all, O7_a_secret_key_is_no_public_one);
    tcase_add_test(all, O14_an_index_key_file_is_looked_at);
    tcase_add_test(all, D1_services_that_are_away_are_told);
    suite_add_tcase(suite, all);
    return unit_run(suite);
}
