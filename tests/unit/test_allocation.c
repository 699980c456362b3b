/* P17: an allocator that fails at the n-th call, for every n.
 *
 * Linked with --wrap (see the Makefile), so that every call of our own objects comes by here:
 * malloc and its kin, libsodium's guarded memory, and the two functions of libidn2 that allocate.
 */
#include "unit.h"

#include <errno.h>
#include <idn2.h>
#include <sodium.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <uninorm.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/metrics.h"
#include "base/queue.h"
#include "base/secret.h"
#include "core/blind.h"
#include "core/envelope.h"
#include "core/form.h"
#include "core/json.h"
#include "core/letter.h"
#include "core/petition_file.h"
#include "core/settings.h"
#include "core/token.h"
#include "core/unseal.h"

/* Calls left until one fails; 0: none fails. */
static size_t countdown;
static bool failed;

/* check allocates too, so runs do not call it. */
static const char *broken;
#define EXPECT(condition) (broken = (condition) ? broken : #condition)

static bool fails(void) {
    if (countdown == 0 || --countdown > 0) {
        return false;
    }
    failed = true;
    errno = ENOMEM;
    return true;
}

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *pointer, size_t size);
char *__real_strdup(const char *string);
void *__real_sodium_malloc(size_t size);
int __real_idn2_lookup_u8(const uint8_t *from, uint8_t **to, int flags);
int __real_idn2_to_unicode_8z8z(const char *from, char **to, int flags);
uint8_t *__real_u8_normalize(uninorm_t form, const uint8_t *from, size_t len, uint8_t *to,
                             size_t *to_len);

void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *pointer, size_t size);
char *__wrap_strdup(const char *string);
void *__wrap_sodium_malloc(size_t size);
int __wrap_idn2_lookup_u8(const uint8_t *from, uint8_t **to, int flags);
int __wrap_idn2_to_unicode_8z8z(const char *from, char **to, int flags);
uint8_t *__wrap_u8_normalize(uninorm_t form, const uint8_t *from, size_t len, uint8_t *to,
                             size_t *to_len);

void *__wrap_malloc(size_t size) {
    return fails() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size) {
    return fails() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *pointer, size_t size) {
    return fails() ? NULL : __real_realloc(pointer, size);
}

char *__wrap_strdup(const char *string) {
    return fails() ? NULL : __real_strdup(string);
}

void *__wrap_sodium_malloc(size_t size) {
    return fails() ? NULL : __real_sodium_malloc(size);
}

int __wrap_idn2_lookup_u8(const uint8_t *from, uint8_t **to, int flags) {
    return fails() ? IDN2_MALLOC : __real_idn2_lookup_u8(from, to, flags);
}

int __wrap_idn2_to_unicode_8z8z(const char *from, char **to, int flags) {
    return fails() ? IDN2_MALLOC : __real_idn2_to_unicode_8z8z(from, to, flags);
}

uint8_t *__wrap_u8_normalize(uninorm_t form, const uint8_t *from, size_t len, uint8_t *to,
                             size_t *to_len) {
    return fails() ? NULL : __real_u8_normalize(form, from, len, to, to_len);
}

/* Runs something whole, which frees what it made,
 * with the first allocation failing, then the second, until none is left to fail. */
static size_t fail_each(enum status (*run)(void)) {
    for (size_t n = 1;; n++) {
        countdown = n;
        failed = false;
        enum status status = run();
        countdown = 0;
        ck_assert_msg(!broken, "allocation %zu: not %s", n, broken);
        if (!failed) {
            ck_assert_int_eq(status, ST_OK);
            return n - 1;
        }
        ck_assert_msg(status == ST_FAULT, "allocation %zu: %s", n, status_name(status));
    }
}

/* --- the way of a signature --- */

#define BODY                                                                                       \
    "{\"email\":\"ada@b\xC3\xBC"                                                                   \
    "cher.example\",\"given_name\":\"Ada\",\"family_name\":\"Byron\","                             \
    "\"comment\":\"one\\ntwo\",\"show_name\":true,\"text_version\":1}"

static struct blind_keys *keys;
static struct recipients recipients;

static enum status seal_letter(const struct sign_form *form, const struct epoch *epoch) {
    char token[TOKEN_TEXT + 1];
    struct token_key key;
    uint8_t hash[BLIND_SIZE], plain[ENVELOPE_MAX], sealed[ENVELOPE_MAX + SEAL_OVERHEAD];
    size_t len;
    token_new(token, &key, 0);
    enum status status = blind_email(keys, 1, 7, form->address.canonical, hash);
    const struct recipient recipient = {.email = text_of(form->address.mail),
                                        .given_name = form->given_name,
                                        .token = text_of(token)};
    if (status == ST_OK) {
        status = envelope_put_recipient(&recipient, plain, &len);
    }
    const struct seal_context context = {7, hash};
    return status == ST_OK ? seal_row(epoch, &context, plain, len, sealed) : status;
}

static enum status sign_in(struct arena *arena) {
    const struct form_fields all = {.asked = (1u << FORM_ASKABLE) - 1, .required = 3};
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct problems problems;
    struct sign_form form, before;
    struct epoch *epoch = NULL;
    memset(&form, 0x55, sizeof form);
    memcpy(&before, &form, sizeof form);
    enum status status = form_parse_sign(text_of(BODY), &all, arena, &form, &problems);
    if (status != ST_OK) {
        EXPECT(memcmp(&form, &before, sizeof form) == 0);
        return status;
    }
    status = epoch_new(SEAL_LETTER, &recipients, &epoch, boxes);
    if (status != ST_OK) {
        EXPECT(epoch == NULL);
        return status;
    }
    status = seal_letter(&form, epoch);
    epoch_free(&epoch);
    return status;
}

static enum status sign(void) {
    struct arena *arena = arena_new(256, 1 << 20);
    if (!arena) {
        return ST_FAULT;
    }
    enum status status = sign_in(arena);
    arena_free(&arena);
    return status;
}

START_TEST(P17_each_allocation_of_a_signature_may_fail_once) {
    ck_assert_uint_ge(fail_each(sign), 8);
}
END_TEST

static size_t limit_of_arena;

static enum status sign_in_little_memory(void) {
    struct arena *arena = arena_new(64, limit_of_arena);
    enum status status = sign_in(arena);
    arena_free(&arena);
    return status;
}

START_TEST(P17_an_arena_may_end_at_any_byte) {
    enum status status = ST_FAULT;
    size_t steps = 0;
    for (limit_of_arena = 0; status != ST_OK; limit_of_arena += 16, steps++) {
        status = sign_in_little_memory();
        ck_assert(status == ST_OK || status == ST_FAULT);
        ck_assert_uint_lt(steps, 10000);
    }
    ck_assert_uint_gt(steps, 20);
}
END_TEST

/* --- everything else that allocates --- */

static enum status check_petition(void) {
    struct arena *arena = arena_new(512, 1 << 20);
    struct problems problems;
    struct text json = text_of("untouched");
    if (!arena) {
        return ST_FAULT;
    }
    enum status status = petition_file_check(
        text_of("{\"slug\":\"a\",\"title\":\"A\",\"language\":\"en\",\"asks\":[\"x\"],\"fields\":"
                "[{\"name\":\"country\"}],\"translations\":{\"es\":{\"title\":\"B\"}},"
                "\"closes_at\":\"2027-01-01\",\"organization\":{\"name\":\"O\"}}"),
        arena, &json, &problems);
    if (status != ST_OK) {
        EXPECT(text_is(json, "untouched"));
    }
    arena_free(&arena);
    return status;
}

START_TEST(P17_each_allocation_of_a_petition_file_may_fail_once) {
    ck_assert_uint_ge(fail_each(check_petition), 5);
}
END_TEST

static enum status load_settings(void) {
    struct arena *arena = arena_new(64, 1 << 20);
    struct settings settings = {.slot = 42};
    struct config_error error;
    if (!arena) {
        return ST_FAULT;
    }
    enum status status = settings_load(NULL, SETTINGS_TABLE, arena, &settings, &error);
    if (status != ST_OK) {
        EXPECT(settings.slot == 42);
        EXPECT(strstr(error.message, ": out of memory") != NULL);
    }
    arena_free(&arena);
    return status;
}

static enum status load_file(void) {
    struct arena *arena = arena_new(16, 1 << 20);
    struct settings settings = {.slot = 42};
    struct config_error error;
    if (!arena) {
        return ST_FAULT;
    }
    enum status status = settings_load("tests/data/config/valid/whole.conf", SETTINGS_TABLE, arena,
                                       &settings, &error);
    EXPECT(status == ST_OK || settings.slot == 42);
    arena_free(&arena);
    return status;
}

START_TEST(P17_each_allocation_of_a_configuration_may_fail_once) {
    ck_assert_uint_ge(fail_each(load_settings), 3);
    ck_assert_uint_ge(fail_each(load_file), 6);
}
END_TEST

static enum status read_blocklist(void) {
    struct blocklist *list = NULL;
    size_t line = 0;
    static const char file[] = "@a.org\n@b.org\nc@d.org\n@e.org\n@f.org\n@g.org\n@h.org\n@i.org\n"
                               "@j.org\n@k.org\n@l.org\n@m.org\n@n.org\n@o.org\n@p.org\n@q.org\n"
                               "@r\xC3\xBC.org\n";
    enum status status = blocklist_parse(text_of(file), &list, &line);
    EXPECT((status == ST_OK) == (list != NULL));
    blocklist_free(&list);
    return status;
}

static enum status read_keys(void) {
    struct blind_keys *read = NULL;
    size_t line = 0;
    enum status status =
        blind_keys_parse(text_of("1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="), &read, &line);
    blind_keys_free(&read);
    return status;
}

static enum status write_and_read_pair(void) {
    struct keypair *pair = NULL, *again = NULL;
    struct buffer file;
    buffer_init(&file, 4096);
    enum status status = keypair_new(&pair);
    if (status == ST_OK) {
        status = keypair_write(pair, text_of(NULL), &file);
    }
    if (status == ST_OK) {
        status = keypair_read(buffer_text(&file), text_of(NULL), &again);
    }
    keypair_free(&pair);
    keypair_free(&again);
    buffer_done(&file);
    return status;
}

#define SEALED                                                                                     \
    "sealed 1 8192 AAAAAAAAAAAAAAAAAAAAAA== AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA "                     \
    "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"

/* The passphrase is wrong, which is what comes when memory is there. */
static enum status read_sealed_pair(void) {
    struct keypair *pair = NULL;
    enum status status = keypair_read(text_of(SEALED), text_of("x"), &pair);
    return status == ST_FORBIDDEN ? ST_OK : status;
}

static enum status open_epoch(void) {
    uint8_t boxes[SEAL_RECIPIENTS_MAX][SEAL_EPOCH_BOX];
    struct epoch *epoch = NULL;
    struct opened_epoch *opened = NULL;
    struct keypair *pair = NULL;
    enum status status = keypair_new(&pair);
    if (status == ST_OK) {
        struct recipients one = {.count = 1};
        memcpy(one.keys[0], keypair_public(pair), SEAL_PUBLIC_KEY);
        status = epoch_new(SEAL_SIGNER, &one, &epoch, boxes);
    }
    if (status == ST_OK) {
        status = unseal_epoch(pair, SEAL_SIGNER, epoch_id(epoch), boxes[0], &opened);
    }
    opened_epoch_free(&opened);
    epoch_free(&epoch);
    keypair_free(&pair);
    return status;
}

START_TEST(P17_each_allocation_of_keys_and_lists_may_fail_once) {
    ck_assert_uint_ge(fail_each(read_blocklist), 6);
    ck_assert_uint_eq(fail_each(read_keys), 1);
    ck_assert_uint_ge(fail_each(write_and_read_pair), 3);
    ck_assert_uint_eq(fail_each(read_sealed_pair), 2);
    ck_assert_uint_eq(fail_each(open_epoch), 3);
}
END_TEST

static enum status open_letters(void) {
    struct letters *letters = NULL;
    struct source_fault fault;
    enum status status = letters_open("src/mail/letters", NULL, &letters, &fault);
    EXPECT((status == ST_OK) == (letters != NULL));
    letters_free(&letters);
    return status;
}

static struct letters *opened_letters;

static enum status render_letter(void) {
    const struct letter_facts facts = {.kind = LETTER_CONFIRM,
                                       .language = text_of("en"),
                                       .base_url = text_of("https://sign.example.org"),
                                       .slug = text_of("a"),
                                       .title = text_of("A"),
                                       .token = text_of("t")};
    struct letter_rendered rendered;
    enum status status = letter_render(opened_letters, &facts, &rendered);
    if (status == ST_OK) {
        letter_rendered_done(&rendered);
    }
    return status;
}

START_TEST(P17_each_allocation_of_a_letter_may_fail_once) {
    struct source_fault fault;
    ck_assert_uint_ge(fail_each(open_letters), 100);
    ck_assert_int_eq(letters_open("src/mail/letters", NULL, &opened_letters, &fault), ST_OK);
    ck_assert_uint_ge(fail_each(render_letter), 10);
    letters_free(&opened_letters);
}
END_TEST

static enum status make_metrics(void) {
    static const struct metric table[] = {{"a", NULL, METRIC_COUNTER, "A.", NULL, 0}};
    struct metrics *metrics = metrics_new(table, 1);
    enum status status = metrics ? ST_OK : ST_FAULT;
    metrics_free(&metrics);
    return status;
}

static enum status make_queue(void) {
    struct queue *queue = queue_new(1);
    enum status status = queue ? ST_OK : ST_FAULT;
    queue_free(&queue);
    return status;
}

static enum status fill_buffer(void) {
    struct buffer buffer;
    buffer_init(&buffer, 1 << 20);
    for (int i = 0; i < 1000; i++) {
        buffer_printf(&buffer, "%d", i);
        buffer_add_string(&buffer, "x");
    }
    enum status status = buffer.failed ? ST_FAULT : ST_OK;
    buffer_done(&buffer);
    return status;
}

static enum status read_secret(void) {
    struct text text = {NULL, 0};
    enum status status = secret_read_file("tests/data/config/valid/whole.conf", 10000, &text);
    secret_free(&text.data);
    return status;
}

START_TEST(P17_each_allocation_of_the_base_may_fail_once) {
    ck_assert_uint_eq(fail_each(make_metrics), 3);
    ck_assert_uint_eq(fail_each(make_queue), 1);
    ck_assert_uint_ge(fail_each(fill_buffer), 5);
    ck_assert_uint_eq(fail_each(read_secret), 1);
}
END_TEST

START_TEST(P17_a_passphrase_that_cannot_be_worked_on_is_a_fault) {
    struct keypair *pair = NULL;
    struct buffer file;
    buffer_init(&file, 4096);
    ck_assert_int_eq(keypair_new(&pair), ST_OK);
    countdown = 1;
    ck_assert_int_eq(keypair_write(pair, text_of("x"), &file), ST_FAULT);
    countdown = 0;
    ck_assert_uint_eq(file.len, 0);
    keypair_free(&pair);
    buffer_done(&file);
}
END_TEST

int main(void) {
    Suite *suite = suite_create("allocation");
    TCase *cases = tcase_create("allocation");
    struct keypair *pair = NULL;
    size_t line;
    json_start();
    if (secret_start() != ST_OK || keypair_new(&pair) != ST_OK ||
        blind_keys_parse(text_of("1 AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE="), &keys, &line) !=
            ST_OK) {
        return EXIT_FAILURE;
    }
    recipients.count = 1;
    memcpy(recipients.keys[0], keypair_public(pair), SEAL_PUBLIC_KEY);
    keypair_free(&pair);
    unit_draws_random(cases);
    tcase_set_timeout(cases, 60);
    tcase_add_test(cases, P17_each_allocation_of_a_signature_may_fail_once);
    tcase_add_test(cases, P17_an_arena_may_end_at_any_byte);
    tcase_add_test(cases, P17_each_allocation_of_a_petition_file_may_fail_once);
    tcase_add_test(cases, P17_each_allocation_of_a_configuration_may_fail_once);
    tcase_add_test(cases, P17_each_allocation_of_keys_and_lists_may_fail_once);
    tcase_add_test(cases, P17_each_allocation_of_a_letter_may_fail_once);
    tcase_add_test(cases, P17_each_allocation_of_the_base_may_fail_once);
    tcase_add_test(cases, P17_a_passphrase_that_cannot_be_worked_on_is_a_fault);
    suite_add_tcase(suite, cases);
    int code = unit_run(suite);
    blind_keys_free(&keys);
    return code;
}
