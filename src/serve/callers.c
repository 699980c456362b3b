#include "serve/callers.h"

#include <sodium.h>
#include <stdatomic.h>
#include <string.h>

#include "base/encode.h"
#include "base/log.h"
#include "core/caller.h"
#include "serve/worker.h"

static void add_key(struct limit_check *check, enum limit_policy policy, const uint8_t *id) {
    struct limit_key *key = &check->keys[check->count++];
    key->policy = policy;
    memcpy(key->id, id, GCRA_ID);
}

static void add_petition(struct request *request) {
    uint8_t id[GCRA_ID] = {0};
    if (!request->petition || request->snapshot->rules.rules[LIMIT_PETITION].interval_us == 0)
        return;
    memcpy(id, &request->petition->id, sizeof request->petition->id);
    add_key(&request->work.write.limit, LIMIT_PETITION, id);
}

/* Every request would say it. */
static void tell_once(void) {
    static atomic_flag told = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&told)) {
        log_event(LOG_ERROR, "no_remote_addr", LOG_STR("do", "pass REMOTE_ADDR in nginx"));
    }
}

bool callers_limit(struct request *request) {
    struct request_write *write = &request->work.write;
    struct caller caller;
    if (!caller_parse(request_param(request, "REMOTE_ADDR"), &caller)) {
        tell_once();
        return false;
    }
    enum limit_policy policy = request_policy(request);
    bool signing = policy == LIMIT_SIGNING;
    size_t levels = signing ? caller.count : 1;
    for (size_t i = 0; i < levels; i++) {
        uint8_t id[BLIND_SIZE];
        const struct caller_prefix *prefix = &caller.levels[i];
        blind_caller(request->worker->blind_keys, prefix->bytes, prefix->len, id);
        add_key(&write->limit, policy + (enum limit_policy)i, id);
    }
    if (signing)
        add_petition(request);
    return true;
}

void callers_request_id(const struct request *request, uint8_t out[WRITES_REQUEST_ID]) {
    if (!decode_hex(request_param(request, "REQUEST_ID"), out, WRITES_REQUEST_ID))
        randombytes_buf(out, WRITES_REQUEST_ID);
}
