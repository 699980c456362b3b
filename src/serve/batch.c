#include "serve/batch.h"

#include "serve/metrics.h"
#include "serve/news_json.h"
#include "serve/own_json.h"
#include "serve/reply.h"
#include "serve/worker.h"

/* What writes_sign and its like are. */
static enum status
by_form(struct writes *writes, struct request *const *requests, size_t count, int64_t deadline_ms,
        enum status write(struct writes *, struct sign_row *const *, size_t, int64_t)) {
    struct sign_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.sign;
    return write(writes, rows, count, deadline_ms);
}

static enum status write_sign(struct writes *writes, struct request *const *requests, size_t count,
                              int64_t deadline_ms) {
    return by_form(writes, requests, count, deadline_ms, writes_sign);
}

static enum status write_sign_by_letter(struct writes *writes, struct request *const *requests,
                                        size_t count, int64_t deadline_ms) {
    return by_form(writes, requests, count, deadline_ms, writes_sign_by_letter);
}

static enum status write_resend(struct writes *writes, struct request *const *requests,
                                size_t count, int64_t deadline_ms) {
    struct resend_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.resend;
    return writes_resend(writes, rows, count, deadline_ms);
}

static enum status write_correct(struct writes *writes, struct request *const *requests,
                                 size_t count, int64_t deadline_ms) {
    struct correct_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.correct;
    return writes_correct(writes, rows, count, deadline_ms);
}

/* What writes_confirm and its like are. */
static enum status
by_token(struct writes *writes, struct request *const *requests, size_t count, int64_t deadline_ms,
         enum status write(struct writes *, struct token_row *const *, size_t, int64_t)) {
    struct token_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.token;
    return write(writes, rows, count, deadline_ms);
}

static enum status write_confirm(struct writes *writes, struct request *const *requests,
                                 size_t count, int64_t deadline_ms) {
    return by_token(writes, requests, count, deadline_ms, writes_confirm);
}

static enum status write_withdraw(struct writes *writes, struct request *const *requests,
                                  size_t count, int64_t deadline_ms) {
    return by_token(writes, requests, count, deadline_ms, writes_withdraw);
}

static enum status write_disavow(struct writes *writes, struct request *const *requests,
                                 size_t count, int64_t deadline_ms) {
    return by_token(writes, requests, count, deadline_ms, writes_disavow);
}

static enum status write_erase(struct writes *writes, struct request *const *requests, size_t count,
                               int64_t deadline_ms) {
    return by_token(writes, requests, count, deadline_ms, writes_erase);
}

static enum status write_unsubscribe(struct writes *writes, struct request *const *requests,
                                     size_t count, int64_t deadline_ms) {
    return by_token(writes, requests, count, deadline_ms, writes_unsubscribe);
}

static enum status read_own(struct writes *writes, struct request *const *requests, size_t count,
                            int64_t deadline_ms) {
    struct own_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.own;
    return own_get(writes_pg(writes), rows, count, deadline_ms);
}

static enum status write_subscription(struct writes *writes, struct request *const *requests,
                                      size_t count, int64_t deadline_ms) {
    struct subscription_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.subscription;
    return subscriptions_set(writes_pg(writes), rows, count, deadline_ms);
}

static const enum problem sign_problems[] = {[FATE_CLOSED] = PROBLEM_PETITION_CLOSED,
                                             [FATE_CHANGED] = PROBLEM_PETITION_CHANGED,
                                             [FATE_UNKNOWN] = PROBLEM_NOT_FOUND,
                                             [FATE_BAD_LINK] = PROBLEM_INVALID_TOKEN};

static int32_t answer_sign(struct request *request) {
    const struct petition *petition = request->petition;
    enum fate fate = request->work.write.row.sign.fate;
    int32_t moved = fate == FATE_ACCEPTED && !petition->confirms_by_email ? petition->id : 0;
    if (fate == FATE_ACCEPTED) {
        metrics_add(request->worker->metrics, M_ACCEPTED, 1);
        reply_accepted(request);
    } else {
        reply_problem(request, sign_problems[fate]);
    }
    return moved;
}

/* The same whether or not they had signed. */
static int32_t answer_sign_by_letter(struct request *request) {
    enum fate fate = request->work.write.row.sign.fate;
    int32_t moved = fate == FATE_ACCEPTED ? request->petition->id : 0;
    if (fate == FATE_ACCEPTED) {
        metrics_add(request->worker->metrics, M_CONFIRMED, 1);
        reply_moved(request, "confirmed", request->petition->slug);
    } else {
        reply_problem(request, sign_problems[fate]);
    }
    return moved; /* the request is over */
}

static int32_t answer_resend(struct request *request) {
    bool page = request->work.write.row.resend.kind == RESEND_PAGE;
    metrics_add(request->worker->metrics, page ? M_PAGE_REQUESTS : M_RESENDS, 1);
    reply_accepted(request);
    return 0;
}

static int32_t answer_token(struct request *request, enum worker_metric metric, const char *word) {
    const struct token_row *row = &request->work.write.row.token;
    if (!row->valid) {
        reply_problem(request, PROBLEM_INVALID_TOKEN);
        return 0;
    }
    const struct petition *petition = snapshot_find(request->snapshot, text_of(row->slug));
    int32_t moved = petition ? petition->id : 0;
    metrics_add(request->worker->metrics, metric, 1);
    reply_moved(request, word, text_of(row->slug));
    return moved;
}

static int32_t answer_confirm(struct request *request) {
    return answer_token(request, M_CONFIRMED, "confirmed");
}

static int32_t answer_withdraw(struct request *request) {
    return answer_token(request, M_WITHDRAWN, "withdrawn");
}

/* The number stays as it is. */
static int32_t answer_correct(struct request *request) {
    enum fate fate = request->work.write.row.correct.row.fate;
    if (fate == FATE_ACCEPTED) {
        metrics_add(request->worker->metrics, M_CORRECTED, 1);
        reply_moved(request, "corrected", request->petition->slug);
    } else {
        reply_problem(request,
                      fate == FATE_CHANGED ? PROBLEM_PETITION_CHANGED : PROBLEM_INVALID_TOKEN);
    }
    return 0;
}

static int32_t answer_disavow(struct request *request) {
    return answer_token(request, M_DISAVOWED, "disavowed");
}

static int32_t answer_erase(struct request *request) {
    return answer_token(request, M_ERASED, "erased");
}

static int32_t answer_unsubscribe(struct request *request) {
    return answer_token(request, M_UNSUBSCRIBED, "unsubscribed");
}

static int32_t answer_own(struct request *request) {
    const struct own_row *row = &request->work.write.row.own;
    if (row->valid)
        reply_json(request, own_json(row, news_json(request->snapshot, row->news)));
    else
        reply_problem(request, PROBLEM_INVALID_TOKEN);
    return 0;
}

static int32_t answer_subscription(struct request *request) {
    const struct subscription_row *row = &request->work.write.row.subscription;
    if (row->valid) {
        metrics_add(request->worker->metrics, M_SUBSCRIPTIONS, 1);
        reply_json(request, json_pack("{s:s,s:s,s:o}", "status", "changed", "petition", row->slug,
                                      "subscription", news_json(request->snapshot, row->news)));
    } else {
        reply_problem(request, PROBLEM_INVALID_TOKEN);
    }
    return 0;
}

static enum status write_opened(struct writes *writes, struct request *const *requests,
                                size_t count, int64_t deadline_ms) {
    struct opening_row *rows[WRITES_ROWS_MAX];
    for (size_t i = 0; i < count; i++)
        rows[i] = &requests[i]->work.write.row.opening;
    return openings_add(writes_pg(writes), rows, count, deadline_ms);
}

static int32_t answer_opened(struct request *request) {
    reply_moved(request, "accepted", request->petition->slug);
    return 0;
}

const struct batch_kind *batch_kind(enum write_kind kind) {
    static const struct batch_kind kinds[WRITE_KINDS] = {
        [WRITE_SIGN] = {write_sign, answer_sign},
        [WRITE_SIGN_BY_LETTER] = {write_sign_by_letter, answer_sign_by_letter},
        [WRITE_RESEND] = {write_resend, answer_resend},
        [WRITE_OPENED] = {write_opened, answer_opened},
        [WRITE_CONFIRM] = {write_confirm, answer_confirm},
        [WRITE_WITHDRAW] = {write_withdraw, answer_withdraw},
        [WRITE_CORRECT] = {write_correct, answer_correct},
        [WRITE_DISAVOW] = {write_disavow, answer_disavow},
        [WRITE_ERASE] = {write_erase, answer_erase},
        [WRITE_UNSUBSCRIBE] = {write_unsubscribe, answer_unsubscribe},
        [WRITE_SUBSCRIPTION] = {write_subscription, answer_subscription},
        [WRITE_OWN] = {read_own, answer_own},
    };
    return &kinds[kind];
}
