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

enum outcome run_doctor(struct context *context) {
    enum outcome outcome = context_settings(context, SETTINGS_OPERATOR);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    struct doctor doctor = {.context = context, .list = context->json ? json_array() : NULL};
    doctor_say(&doctor, DOCTOR_OK, "configuration", "good for the command line");
    doctor_configuration(&doctor, SETTINGS_WORKER, "worker");
    doctor_keys(&doctor);
    doctor_postgres(&doctor);
    doctor_redis(&doctor);
    doctor_socket(&doctor);
    doctor_mail(&doctor);
    return finish(&doctor);
}
