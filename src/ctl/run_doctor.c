#include <stdlib.h>
#include <unistd.h>

#include "core/blind.h"
#include "ctl/doctor.h"
#include "ctl/run.h"

static enum outcome finish(struct doctor *doctor) {
    if (doctor->list != NULL) {
        output_json(&doctor->context->out,
                    json_pack("{s:b, s:o}", "ok", !doctor->any_no && !doctor->any_away, "checks",
                              doctor->list));
    }
    return doctor->any_away ? OUTCOME_AWAY : doctor->any_no ? OUTCOME_NO : OUTCOME_DONE;
}

enum { FREE_PERCENT = 10 };

/* What was named, or the one of the configuration. */
static void look_at_programs(struct doctor *doctor) {
    const struct options *options = &doctor->context->options;
    if (options->count > 0) {
        doctor_programs(doctor, options->arguments, (size_t)options->count);
    } else {
        doctor_programs(doctor, &doctor->context->settings.operators_listen, 1);
    }
}

static const char *nginx_path(const struct options *options) {
    static const char usual[] = "/etc/nginx/nginx.conf";
    const char *path = options_find(options, "--nginx");
    return path != NULL                                                   ? path
           : access("/etc/nginx/countersign/countersign.conf", F_OK) == 0 ? usual
                                                                          : NULL;
}

/* False: not a percentage; told. */
static bool read_percent(const struct options *options, long *percent) {
    const char *word = options_find(options, "--free");
    char *end = NULL;
    long number = word != NULL ? strtol(word, &end, 10) : FREE_PERCENT;
    if (word != NULL && (*word == '\0' || *end != '\0' || number < 0 || number > 100)) {
        context_say("--free is a percentage, from 0 to 100");
        return false;
    }
    *percent = number;
    return true;
}

enum outcome run_doctor(struct context *context) {
    long free_percent;
    if (options_has(&context->options, "--list")) {
        doctor_list(&context->out);
        return OUTCOME_DONE;
    }
    if (!read_percent(&context->options, &free_percent)) {
        return OUTCOME_WRONG;
    }
    enum outcome outcome = context_settings(context, SETTINGS_OPERATOR);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    struct doctor doctor = {.context = context, .list = context->json ? json_array() : NULL};
    doctor_say(&doctor, DOCTOR_OK, "configuration", "good for the command line");
    doctor_configuration(&doctor, SETTINGS_WORKER, "worker", context->settings.socket != NULL);
    doctor_host(&doctor, free_percent);
    doctor_keys(&doctor);
    doctor_words(&doctor);
    doctor_postgres(&doctor);
    doctor_redis(&doctor);
    doctor_socket(&doctor);
    look_at_programs(&doctor);
    doctor_nginx(&doctor, nginx_path(&context->options));
    doctor_mail(&doctor);
    blind_keys_free(&doctor.index_keys);
    return finish(&doctor);
}
