/* From parameters and body to an answer or a queue, without a socket and without PostgreSQL. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/secret.h"
#include "core/json.h"
#include "fake_fcgi.inc"
#include "fake_threads.inc"
#include "serve/metrics.h"
#include "serve/request.h"
#include "serve/worker.h"
#include "unit.h"

static struct worker worker;
static struct settings settings; /* as reloaded */
static const struct settings started = {.request_timeout_ms = 4000};
static struct snapshot *snapshot;
static struct petition petitions[4]; /* closed, mail, open, withdrawn: by slug */
static struct petition_text english[4];
static struct keyring_epoch epoch;
static struct keyring_epoch *epochs[4];
static struct text allowed[] = {{"https://friend.example", 22}};
static struct fcgi_request fcgi;

/* --- a worker that knows four petitions --- */

static void add_petition(size_t at, const char *slug, enum petition_state state, bool by_email) {
    struct petition *petition = &petitions[at];
    english[at] = (struct petition_text){.language = text_of("en"),
                                         .title = text_of("A title"),
                                         .addressee = text_of("The council"),
                                         .salutation = text_of("Dear council,"),
                                         .letter = text_of("Please.")};
    *petition = (struct petition){.id = (int32_t)at + 1,
                                  .slug = text_of(slug),
                                  .state = state,
                                  .confirms_by_email = by_email,
                                  .text_version = 3,
                                  .index_key = 1,
                                  .has_goal = true,
                                  .goal = 100,
                                  .origins = allowed,
                                  .origins_count = 1,
                                  .texts = &english[at],
                                  .texts_count = 1,
                                  .opened_at = text_of("2026-11-01T00:00:00.000Z")};
    petition->fields.asked = 1u << FORM_EMAIL | 1u << FORM_GIVEN_NAME | 1u << FORM_FAMILY_NAME;
    petition->fields.required = 1u << FORM_EMAIL | 1u << FORM_GIVEN_NAME;
    epochs[at] = &epoch;
}

static void set_settings(void) {
    settings = (struct settings){.base_url = "https://sign.example",
                                 .request_timeout_ms = 5000,
                                 .poll_after_s = 5,
                                 .queue_limit = 10};
    snapshot->settings = &settings;
    snapshot->own_origins[0] = text_of("https://sign.example");
    snapshot->own_origins_count = 1;
    snapshot->rules.rules[LIMIT_SIGNING] = (struct gcra_rule){3600000, 250};
    snapshot->rules.rules[LIMIT_TOKENS] = (struct gcra_rule){1000000, 60};
}

static void set_keys(void) {
    char file[128] = "1 ";
    uint8_t key[BLIND_KEY_SIZE] = {7};
    uint8_t boxes[1][SEAL_EPOCH_BOX];
    size_t line;
    encode_base64(file + 2, key, sizeof key);
    ck_assert_int_eq(blind_keys_parse(text_of(file), &worker.blind_keys, &line), ST_OK);
    epoch.recipients.count = 1;
    memset(epoch.recipients.keys[0], 9, SEAL_PUBLIC_KEY);
    ck_assert_int_eq(epoch_new(SEAL_SIGNER, &epoch.recipients, &epoch.epoch, boxes), ST_OK);
}

static void set_up(void) {
    /* In the case's own process: the generator does not survive a fork. */
    ck_assert_int_eq(secret_start(), ST_OK);
    memset(&worker, 0, sizeof worker);
    worker.settings = &started;
    worker.snapshots = snapshot_holder_new();
    worker.board = board_new();
    worker.metrics = worker_metrics_new();
    snapshot = snapshot_new();
    set_settings();
    set_keys();
    add_petition(0, "closed", PETITION_CLOSED, false);
    add_petition(1, "mail", PETITION_OPEN, true);
    add_petition(2, "open", PETITION_OPEN, false);
    add_petition(3, "withdrawn", PETITION_WITHDRAWN, false);
    atomic_store(&epoch.references, 100);
    snapshot->loaded = true;
    snapshot->petitions = petitions;
    snapshot->petitions_count = 4;
    snapshot->signer_epochs = epochs;
    snapshot->letter_epoch = snapshot->subscriber_epoch = &epoch;
    snapshot_set(worker.snapshots, snapshot);
    queued = NULL;
    fake_fcgi_init(&fcgi);
    fake_fcgi_set(&fcgi, "SERVER_PROTOCOL", "HTTP/1.1");
    fake_fcgi_set(&fcgi, "REQUEST_METHOD", "GET");
    fake_fcgi_set(&fcgi, "REMOTE_ADDR", "192.0.2.1");
    fake_fcgi_set(&fcgi, "REQUEST_ID", "000102030405060708090a0b0c0d0e0f");
}

static void tear_down(void) {
    if (queued)
        request_end(queued);
    fake_fcgi_done(&fcgi);
    snapshot_holder_free(&worker.snapshots);
    board_free(&worker.board);
    metrics_free(&worker.metrics);
    blind_keys_free(&worker.blind_keys);
    epoch_free(&epoch.epoch);
}

static int get(const char *uri) {
    fake_fcgi_set(&fcgi, "REQUEST_URI", uri);
    request_handle(&worker, &fcgi);
    return fake_fcgi_status(&fcgi);
}

static int post(const char *uri, const char *body) {
    fake_fcgi_post(&fcgi, body);
    return get(uri);
}

static bool code_is(const char *code) {
    char wanted[64];
    snprintf(wanted, sizeof wanted, "\"code\":\"%s\"", code);
    return strstr(fcgi.answer, wanted) != NULL;
}

static void put_count(int64_t n) {
    struct count count = {.petition = 3,
                          .slug = "open",
                          .generation = 1,
                          .version = 1,
                          .n = n,
                          .as_of_ms = 1700000000123,
                          .read_at_ms = 1};
    board_put(worker.board, &count, true);
}

#define ADA "{\"email\":\"ada@example.org\",\"given_name\":\"Ada\"}"
static const char sign_uri[] = "/api/v1/petitions/open/signatures";

START_TEST(H26_an_unknown_path_is_404_in_json) {
    ck_assert_int_eq(get("/api/v1/nothing"), 404);
    ck_assert(code_is("not_found"));
    ck_assert(fake_fcgi_has_header(&fcgi, "Content-Type: application/problem+json"));
    ck_assert_ptr_nonnull(
        strstr(fcgi.answer, "\"type\":\"https://sign.example/problems/not-found\""));
}
END_TEST

START_TEST(H16_a_request_without_version_is_400) {
    fake_fcgi_set(&fcgi, "SERVER_PROTOCOL", NULL);
    ck_assert_int_eq(get("/api/v1/petitions"), 400);
    fake_fcgi_set(&fcgi, "SERVER_PROTOCOL", "HTTP/0.9");
    ck_assert_int_eq(get("/api/v1/petitions"), 400);
}
END_TEST

START_TEST(a_request_has_the_time_that_the_worker_started_with) {
    ck_assert_int_eq(post(sign_uri, ADA), 0);
    ck_assert_int_eq(queued->deadline_ms, queued->started_us / 1000 + 4000);
}
END_TEST

START_TEST(F16_a_request_without_anything_is_400) {
    struct fcgi_request empty;
    fake_fcgi_init(&empty);
    request_handle(&worker, &empty);
    ck_assert_int_eq(fake_fcgi_status(&empty), 400);
    ck_assert_int_eq(empty.replies, 1);
    fake_fcgi_done(&empty);
}
END_TEST

START_TEST(F16_without_the_callers_address_nothing_is_signed) {
    fake_fcgi_set(&fcgi, "REMOTE_ADDR", NULL);
    ck_assert_int_eq(post(sign_uri, ADA), 500);
    ck_assert_ptr_null(queued);
}
END_TEST

START_TEST(a_key_that_is_missing_is_told_once) {
    char said[1024] = "";
    int log = memfd_create("log", 0), saved = dup(STDERR_FILENO);
    ck_assert(log >= 0 && saved >= 0 && dup2(log, STDERR_FILENO) >= 0);
    petitions[2].index_key = 2;
    int first = post(sign_uri, ADA), second = post(sign_uri, ADA);
    dup2(saved, STDERR_FILENO);
    ssize_t len = pread(log, said, sizeof said - 1, 0);
    close(log);
    close(saved);
    ck_assert(first == 500 && second == 500 && !queued);
    ck_assert(len > 0 && strchr(said, '\n') == said + len - 1);
    ck_assert_ptr_nonnull(strstr(said, "index_key_missing"));
    ck_assert_ptr_nonnull(strstr(said, "restart this worker"));
}
END_TEST

START_TEST(H18_a_wrong_method_is_405_and_says_which_are_right) {
    fake_fcgi_set(&fcgi, "REQUEST_METHOD", "DELETE");
    ck_assert_int_eq(get("/api/v1/petitions/open/count"), 405);
    ck_assert(fake_fcgi_has_header(&fcgi, "Allow: GET, HEAD, OPTIONS"));
}
END_TEST

START_TEST(H20_a_get_never_signs_confirms_or_withdraws) {
    static const char *const uris[] = {sign_uri, "/api/v1/confirmations", "/api/v1/withdrawals",
                                       "/api/v1/petitions/open/confirmation-requests"};
    for (size_t i = 0; i < sizeof uris / sizeof uris[0]; i++) {
        ck_assert_int_eq(get(uris[i]), 405);
        ck_assert(fake_fcgi_has_header(&fcgi, "Allow: POST, OPTIONS"));
        ck_assert_ptr_null(queued);
    }
}
END_TEST

START_TEST(I21_unknown_petitions_are_404_withdrawn_and_closed_ones_410) {
    ck_assert_int_eq(get("/api/v1/petitions/nobody"), 404);
    ck_assert_int_eq(post("/api/v1/petitions/nobody/signatures", ADA), 404);
    ck_assert_int_eq(post("/api/v1/petitions/withdrawn/signatures", ADA), 410);
    ck_assert_int_eq(post("/api/v1/petitions/closed/signatures", ADA), 410);
    ck_assert(code_is("petition_closed"));
    ck_assert_ptr_null(queued);
}
END_TEST

START_TEST(a_petition_whose_time_is_over_is_closed_before_anybody_reloads) {
    petitions[2].closes_at_ms = 1;
    ck_assert_int_eq(post(sign_uri, ADA), 410);
}
END_TEST

START_TEST(a_good_form_is_sealed_and_queued) {
    ck_assert_int_eq(post(sign_uri, ADA), 0);
    ck_assert_ptr_nonnull(queued);
    const struct sign_row *row = &queued->work.write.row.sign;
    ck_assert_int_eq(queued->work.write.kind, WRITE_SIGN);
    ck_assert_int_eq(row->petition, 3);
    ck_assert_uint_eq(row->sealed.len, 256 + SEAL_OWN_OVERHEAD);
    ck_assert_uint_eq(row->letter.sealed.len, 256 + SEAL_OVERHEAD);
    ck_assert_int_eq(row->request_id[15], 15);
    ck_assert(row->letter.mailable);
    ck_assert_ptr_null(row->shown_name.data);
    ck_assert_uint_eq(queued->work.write.limit.count, 1);
    ck_assert_ptr_null(memmem(row->sealed.data, row->sealed.len, "ada", 3));
}
END_TEST

START_TEST(a_signer_who_shows_the_name_is_shown_with_it) {
    post(sign_uri,
         "{\"email\":\"ada@example.org\",\"given_name\":\"Ada\",\"family_name\":\"Byron\","
         "\"show_name\":true}");
    ck_assert_ptr_nonnull(queued);
    unit_assert_text(queued->work.write.row.sign.shown_name, "Ada Byron");
}
END_TEST

START_TEST(E14_a_role_address_is_taken_and_never_mailed) {
    post(sign_uri, "{\"email\":\"postmaster@example.org\",\"given_name\":\"Ada\"}");
    ck_assert_ptr_nonnull(queued);
    ck_assert(!queued->work.write.row.sign.letter.mailable);
}
END_TEST

START_TEST(I20_a_letter_can_be_asked_for_after_the_petition_has_closed) {
    post("/api/v1/petitions/closed/confirmation-requests", "{\"email\":\"ada@example.org\"}");
    ck_assert_ptr_nonnull(queued);
    ck_assert_int_eq(queued->work.write.kind, WRITE_RESEND);
}
END_TEST

START_TEST(the_own_page_can_be_asked_for_whatever_became_of_the_petition) {
    post(_i ? "/api/v1/petitions/withdrawn/page-requests"
            : "/api/v1/petitions/closed/page-requests",
         "{\"email\":\"ada@example.org\"}");
    ck_assert_ptr_nonnull(queued);
    ck_assert_int_eq(queued->work.write.row.resend.kind, RESEND_PAGE);
    ck_assert_int_eq(queued->work.write.limit.keys[0].policy, LIMIT_SIGNING);
}
END_TEST

static const char correct_uri[] = "/api/v1/petitions/open/corrections";

START_TEST(a_correction_is_sealed_as_a_whole_row) {
    post(correct_uri, "{\"email\":\"ada@example.org\",\"given_name\":\"Ada\",\"token\":\"short\","
                      "\"text_version\":1,\"show_name\":true}");
    ck_assert_ptr_nonnull(queued);
    const struct correct_row *row = &queued->work.write.row.correct;
    ck_assert_int_eq(queued->work.write.kind, WRITE_CORRECT);
    ck_assert_uint_eq(row->row.sealed.len, 256 + SEAL_OWN_OVERHEAD);
    ck_assert_int_eq(row->row.request_id[15], 15);
    unit_assert_text(row->row.shown_name, "Ada");
    ck_assert_uint_eq(queued->work.write.limit.count, 1);
    ck_assert_int_eq(queued->work.write.limit.keys[0].policy, LIMIT_TOKENS);
    ck_assert_ptr_null(memmem(row->row.sealed.data, row->row.sealed.len, "ada", 3));
}
END_TEST

START_TEST(a_correction_has_the_same_problems_as_a_signature) {
    ck_assert_int_eq(post(correct_uri, "{\"email\":\"x\",\"nothing\":1}"), 422);
    ck_assert_ptr_nonnull(strstr(fcgi.answer, "/token"));
    ck_assert_ptr_nonnull(strstr(fcgi.answer, "/text_version"));
    ck_assert_int_eq(post("/api/v1/petitions/withdrawn/corrections", ADA), 410);
    ck_assert_ptr_null(queued);
}
END_TEST

START_TEST(J5_J21_every_field_problem_comes_at_once) {
    ck_assert_int_eq(post(sign_uri, "{\"email\":\"x\",\"nothing\":1}"), 422);
    ck_assert(code_is("invalid_fields"));
    ck_assert(code_is("invalid_email"));
    ck_assert_ptr_nonnull(strstr(fcgi.answer, "/given_name"));
    ck_assert_ptr_nonnull(strstr(fcgi.answer, "/nothing"));
    ck_assert_ptr_null(queued);
}
END_TEST

START_TEST(H12_an_empty_body_is_400) {
    static const char *const absent[] = {"X", "CONTENT_LENGTH", "CONTENT_TYPE"};
    fake_fcgi_post(&fcgi, "");
    for (size_t i = 0; i < sizeof absent / sizeof absent[0]; i++) {
        fake_fcgi_set(&fcgi, absent[i], NULL);
        ck_assert(get(sign_uri) == 400 && code_is("empty_body"));
    }
}
END_TEST

START_TEST(F14_F15_a_body_of_another_length_is_400_and_a_large_one_413) {
    fcgi.body_status = ST_INVALID;
    ck_assert_int_eq(post(sign_uri, ADA), 400);
    ck_assert(code_is("truncated"));
    fcgi.body_status = ST_LIMITED;
    ck_assert_int_eq(post(sign_uri, ADA), 413);
    ck_assert(code_is("body_too_large"));
}
END_TEST

START_TEST(H28_H29_only_json_in_utf8_is_taken) {
    enum { REFUSED = 7 };
    static const char *const types[] = {NULL,
                                        "text/plain",
                                        "application/x-www-form-urlencoded",
                                        "multipart/form-data; boundary=x",
                                        "application/json; charset=utf-16",
                                        "application/json; ; charset=utf-16",
                                        "application/jsonp",
                                        "application/json; charset=utf-8",
                                        "Application/JSON;charset=UTF-8",
                                        "application/json;",
                                        "application/json"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        fcgi.head[0] = '\0';
        fake_fcgi_post(&fcgi, ADA);
        fake_fcgi_set(&fcgi, "CONTENT_TYPE", types[i]);
        ck_assert_int_eq(get(sign_uri), i < REFUSED ? 415 : 0);
        if (queued)
            request_end(queued);
        queued = NULL;
    }
}
END_TEST

START_TEST(H30_an_encoded_body_is_415) {
    fake_fcgi_set(&fcgi, "HTTP_CONTENT_ENCODING", "gzip");
    ck_assert_int_eq(post(sign_uri, ADA), 415);
}
END_TEST

START_TEST(B13_another_text_version_is_409) {
    ck_assert_int_eq(post(sign_uri, "{\"email\":\"ada@example.org\",\"given_name\":\"Ada\","
                                    "\"text_version\":2}"),
                     409);
    ck_assert(code_is("petition_changed"));
}
END_TEST

struct site {
    const char *origin, *site;
    int status;
};

static const struct site sites[] = {
    {NULL, NULL, 0},
    {NULL, "same-origin", 0},
    {NULL, "none", 0},
    {NULL, "cross-site", 403},
    {NULL, "same-site", 403},
    {"https://sign.example", NULL, 0},
    {"https://sign.example", "same-origin", 0},
    {"https://sign.example", "cross-site", 403},
    {"https://friend.example", "cross-site", 0},
    {"https://friend.example", NULL, 0},
    {"https://friend.example.evil.example", "cross-site", 403},
    {"https://FRIEND.example", NULL, 403},
    {"http://friend.example", NULL, 403},
    {"null", NULL, 403},
    {"null", "same-origin", 403},
    {"https://evil.example", "same-origin", 403},
};

START_TEST(B2_B3_B5_only_allowed_origins_may_sign) {
    fake_fcgi_set(&fcgi, "HTTP_ORIGIN", sites[_i].origin);
    fake_fcgi_set(&fcgi, "HTTP_SEC_FETCH_SITE", sites[_i].site);
    ck_assert_int_eq(post(sign_uri, ADA), sites[_i].status);
    ck_assert((queued != NULL) == (sites[_i].status == 0));
}
END_TEST

START_TEST(H21_a_preflight_names_the_allowed_origin_and_no_other) {
    fake_fcgi_set(&fcgi, "REQUEST_METHOD", "OPTIONS");
    fake_fcgi_set(&fcgi, "HTTP_ORIGIN", "https://friend.example");
    ck_assert_int_eq(get(sign_uri), 204);
    ck_assert(fake_fcgi_has_header(&fcgi, "Access-Control-Allow-Origin: https://friend.example"));
    fake_fcgi_set(&fcgi, "HTTP_ORIGIN", "https://evil.example");
    ck_assert_int_eq(get(sign_uri), 204);
    ck_assert_ptr_null(strstr(fcgi.head, "Access-Control"));
}
END_TEST

START_TEST(the_count_is_told_to_everybody_with_a_strong_tag) {
    put_count(42);
    ck_assert_int_eq(get("/api/v1/petitions/open/count"), 200);
    ck_assert(fake_fcgi_has_header(&fcgi, "Access-Control-Allow-Origin: *"));
    ck_assert(fake_fcgi_has_header(&fcgi, "ETag: \"42.100.0.open.1.32\""));
    ck_assert(strstr(fcgi.head, "Date: ") && strstr(fcgi.head, " GMT\r\n"));
    ck_assert_str_eq(fcgi.answer,
                     "{\"petition\":\"open\",\"count\":42,\"goal\":100,\"state\":\"open\","
                     "\"as_of\":\"2023-11-14T22:13:20.123Z\",\"exact\":true,\"poll_after\":32}");
}
END_TEST

START_TEST(H39_an_unchanged_count_is_304) {
    static const char *const tags[] = {"\"42.100.0.open.1.32\"", "\"x\", W/\"42.100.0.open.1.32\"",
                                       "*"};
    put_count(42);
    for (size_t i = 0; i < sizeof tags / sizeof tags[0]; i++) {
        fake_fcgi_set(&fcgi, "HTTP_IF_NONE_MATCH", tags[i]);
        ck_assert_int_eq(get("/api/v1/petitions/open/count"), 304);
        ck_assert_str_eq(fcgi.answer, "");
    }
    fake_fcgi_set(&fcgi, "HTTP_IF_NONE_MATCH", "\"41.100.0.open.1.32\", \"42.100.0.open.1.5\"");
    ck_assert_int_eq(get("/api/v1/petitions/open/count"), 200);
}
END_TEST

START_TEST(a_count_that_nobody_knows_yet_is_the_readers_to_ask) {
    get("/api/v1/petitions/open/count");
    ck_assert_ptr_nonnull(queued);
    ck_assert_int_eq(queued->work.stats.kind, STATS_COUNT);
}
END_TEST

static const char *const bad_queries[] = {
    "/api/v1/petitions?x=1",
    "/api/v1/petitions?page=0",
    "/api/v1/petitions?page=1&page=2",
    "/api/v1/petitions?per_page=101",
    "/api/v1/petitions?state=draft",
    "/api/v1/petitions?state[]=open",
    "/api/v1/petitions?page=%00",
    "/api/v1/petitions?lang=a%ff",
    "/api/v1/petitions/open?lang=",
    "/api/v1/petitions/open/count?x",
    "/api/v1/petitions/open/breakdown?by=city",
    "/api/v1/petitions/open/series?step=week",
    "/api/v1/petitions/open/series?from=yesterday",
    "/api/v1/petitions/open/series?from=2026-02-01&to=2026-01-01",
    "/api/v1/petitions/open/signatures/recent?limit=0",
    "/api/v1/petitions/open/signatures/recent?limit=101",
};

START_TEST(H24_H27_a_bad_query_is_400) {
    const char *query = strchr(bad_queries[_i], '?');
    fake_fcgi_set(&fcgi, "QUERY_STRING", query + 1);
    ck_assert_int_eq(get(bad_queries[_i]), 400);
    ck_assert(code_is("bad_query"));
}
END_TEST

START_TEST(the_list_has_pages_and_only_what_is_open) {
    fake_fcgi_set(&fcgi, "QUERY_STRING", "per_page=1&page=2");
    ck_assert_int_eq(get("/api/v1/petitions?per_page=1&page=2"), 200);
    ck_assert_ptr_nonnull(strstr(fcgi.answer, "\"slug\":\"open\""));
    ck_assert_ptr_null(strstr(fcgi.answer, "\"slug\":\"mail\""));
    ck_assert_ptr_nonnull(
        strstr(fcgi.answer, "\"page\":2,\"per_page\":1,\"total_pages\":2,\"total_records\":2"));
}
END_TEST

START_TEST(I14_a_token_that_cannot_be_ours_goes_the_same_way_as_any) {
    post("/api/v1/confirmations", "{\"token\":\"short\"}");
    ck_assert_ptr_nonnull(queued);
    ck_assert_int_eq(queued->work.write.kind, WRITE_CONFIRM);
    ck_assert_int_eq(queued->work.write.limit.keys[0].policy, LIMIT_TOKENS);
}
END_TEST

START_TEST(a_token_that_is_no_string_is_422) {
    ck_assert_int_eq(post("/api/v1/withdrawals", "{\"token\":7}"), 422);
    ck_assert_ptr_null(queued);
}
END_TEST

START_TEST(L2_a_full_queue_turns_signers_away_before_any_work) {
    fill_percent = 100;
    queued = NULL;
    /* Not even read: whatever the body is, it is 503. */
    ck_assert_int_eq(post(sign_uri, ADA), 503);
    ck_assert_int_eq(post(sign_uri, "{"), 503);
    ck_assert_ptr_null(queued);
    ck_assert_ptr_nonnull(strstr(fcgi.head, "Retry-After: "));
    fill_percent = 99;
    ck_assert_int_eq(post(sign_uri, "{"), 400);
    fill_percent = 50;
}
END_TEST

START_TEST(D1_while_no_petition_is_known_writes_are_503_with_a_wait) {
    snapshot->loaded = false;
    ck_assert_int_eq(post(sign_uri, ADA), 503);
    ck_assert_ptr_nonnull(strstr(fcgi.head, "\r\nRetry-After: "));
    ck_assert(code_is("unavailable"));
    fake_fcgi_set(&fcgi, "REQUEST_METHOD", "GET");
    ck_assert_int_eq(get("/api/v1/petitions/open"), 503);
    snapshot->loaded = true;
}
END_TEST

int main(void) {
    Suite *suite = suite_create("request");
    TCase *cases = tcase_create("request");
    json_start();
    tcase_add_checked_fixture(cases, set_up, tear_down);
    tcase_add_test(cases, H26_an_unknown_path_is_404_in_json);
    tcase_add_test(cases, H16_a_request_without_version_is_400);
    tcase_add_test(cases, a_request_has_the_time_that_the_worker_started_with);
    tcase_add_test(cases, F16_a_request_without_anything_is_400);
    tcase_add_test(cases, F16_without_the_callers_address_nothing_is_signed);
    tcase_add_test(cases, a_key_that_is_missing_is_told_once);
    tcase_add_test(cases, H18_a_wrong_method_is_405_and_says_which_are_right);
    tcase_add_test(cases, H20_a_get_never_signs_confirms_or_withdraws);
    tcase_add_test(cases, I21_unknown_petitions_are_404_withdrawn_and_closed_ones_410);
    tcase_add_test(cases, a_petition_whose_time_is_over_is_closed_before_anybody_reloads);
    tcase_add_test(cases, a_good_form_is_sealed_and_queued);
    tcase_add_test(cases, a_signer_who_shows_the_name_is_shown_with_it);
    tcase_add_test(cases, E14_a_role_address_is_taken_and_never_mailed);
    tcase_add_test(cases, I20_a_letter_can_be_asked_for_after_the_petition_has_closed);
    tcase_add_loop_test(cases, the_own_page_can_be_asked_for_whatever_became_of_the_petition, 0, 2);
    tcase_add_test(cases, a_correction_is_sealed_as_a_whole_row);
    tcase_add_test(cases, a_correction_has_the_same_problems_as_a_signature);
    tcase_add_test(cases, J5_J21_every_field_problem_comes_at_once);
    tcase_add_test(cases, H12_an_empty_body_is_400);
    tcase_add_test(cases, F14_F15_a_body_of_another_length_is_400_and_a_large_one_413);
    tcase_add_test(cases, H28_H29_only_json_in_utf8_is_taken);
    tcase_add_test(cases, H30_an_encoded_body_is_415);
    tcase_add_test(cases, B13_another_text_version_is_409);
    tcase_add_loop_test(cases, B2_B3_B5_only_allowed_origins_may_sign, 0,
                        (int)(sizeof sites / sizeof sites[0]));
    tcase_add_test(cases, H21_a_preflight_names_the_allowed_origin_and_no_other);
    tcase_add_test(cases, the_count_is_told_to_everybody_with_a_strong_tag);
    tcase_add_test(cases, H39_an_unchanged_count_is_304);
    tcase_add_test(cases, a_count_that_nobody_knows_yet_is_the_readers_to_ask);
    tcase_add_loop_test(cases, H24_H27_a_bad_query_is_400, 0,
                        (int)(sizeof bad_queries / sizeof bad_queries[0]));
    tcase_add_test(cases, the_list_has_pages_and_only_what_is_open);
    tcase_add_test(cases, I14_a_token_that_cannot_be_ours_goes_the_same_way_as_any);
    tcase_add_test(cases, a_token_that_is_no_string_is_422);
    tcase_add_test(cases, L2_a_full_queue_turns_signers_away_before_any_work);
    tcase_add_test(cases, D1_while_no_petition_is_known_writes_are_503_with_a_wait);
    suite_add_tcase(suite, cases);
    return unit_run(suite);
}
