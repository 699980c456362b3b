#include "ctl/run.h"
#include "store/subscriptions.h"

/* `context` is {on, off, asked, topics}. */
static void add(const struct subscription_count *count, void *context) {
    json_t *told = context, *topics = json_object_get(told, "topics");
    struct text name = count->topic.data ? count->topic : count->state;
    json_t *key = json_stringn(name.data, name.len);
    if (json_string_value(key) != NULL) {
        json_object_set_new(count->topic.data ? topics : told, json_string_value(key),
                            json_integer((json_int_t)count->count));
    }
    json_decref(key);
}

static void print(struct output *out, const json_t *told) {
    static const char *const states[] = {"on", "off", "asked"};
    const char *name;
    const json_t *value;
    for (size_t i = 0; i < sizeof states / sizeof states[0]; i++) {
        output_printf(out, "%s\t%lld\n", states[i],
                      (long long)json_integer_value(json_object_get(told, states[i])));
    }
    json_object_foreach(json_object_get(told, "topics"), name, value) {
        output_printf(out, "on, %s\t%lld\n", name, (long long)json_integer_value(value));
    }
}

enum outcome run_subscribers_count(struct context *context) {
    enum outcome outcome = context_database(context);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    json_t *told = json_pack("{s:i, s:i, s:i, s:{}}", "on", 0, "off", 0, "asked", 0, "topics");
    enum status status = subscriptions_count(context->pg, context_soon(), add, told);
    if (status != ST_OK) {
        json_decref(told);
        return context_database_failed(context, status);
    }
    if (context->json) {
        output_json(&context->out, told);
        return OUTCOME_DONE;
    }
    print(&context->out, told);
    json_decref(told);
    return OUTCOME_DONE;
}
