#include "ctl/doctor.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { SKEW_MOST_MS = 2000, LINE_SIZE = 1024 };

static const char *const words[] = {"ok", "warn", "NO", "NO"};
static const char *const levels[] = {"ok", "warn", "no", "away"};

void doctor_say(struct doctor *doctor, enum doctor_level level, const char *what,
                const char *format, ...) {
    char line[LINE_SIZE];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    doctor->any_no |= level == DOCTOR_NO;
    doctor->any_away |= level == DOCTOR_AWAY;
    if (doctor->list != NULL) {
        json_array_append_new(doctor->list, json_pack("{s:s, s:s, s:s}", "level", levels[level],
                                                      "what", what, "detail", line));
    } else {
        output_printf(&doctor->context->out, "%-4s  %s: %s\n", words[level], what, line);
    }
}

void doctor_configuration(struct doctor *doctor, enum settings_for program, const char *name,
                          bool whole) {
    struct settings settings;
    struct config_error error;
    enum status status = settings_load(context_config(doctor->context), program,
                                       doctor->context->arena, &settings, &error);
    if (status == ST_OK) {
        doctor_say(doctor, DOCTOR_OK, "configuration", "good for a %s", name);
    } else {
        doctor_say(doctor, whole ? DOCTOR_NO : DOCTOR_WARN, "configuration",
                   "not good for a %s as it stands: %s", name, error.message);
    }
}

void doctor_clock(struct doctor *doctor, const char *what, int64_t skew_ms) {
    bool far = llabs((long long)skew_ms) > SKEW_MOST_MS;
    doctor_say(doctor, far ? DOCTOR_NO : DOCTOR_OK, what, "%+" PRId64 " ms against this host%s",
               skew_ms, far ? ": set the clocks of all hosts by NTP" : "");
}

void doctor_socket(struct doctor *doctor) {
    const char *path = doctor->context->settings.socket;
    struct stat found;
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_OK, "socket",
                   "named by each worker's environment; not looked at");
    } else if (stat(path, &found) != 0) {
        doctor_say(doctor, errno == ENOENT ? DOCTOR_WARN : DOCTOR_NO, "socket", "%s: %s%s", path,
                   strerror(errno), errno == ENOENT ? "; is a worker running on this host?" : "");
    } else if (!S_ISSOCK(found.st_mode)) {
        doctor_say(doctor, DOCTOR_NO, "socket", "%s: is no socket; remove it and start the worker",
                   path);
    } else if ((found.st_mode & 0007) != 0) {
        doctor_say(doctor, DOCTOR_NO, "socket", "%s: mode %04o lets everybody in: chmod 0660", path,
                   (unsigned)found.st_mode & 07777);
    } else {
        doctor_say(doctor, DOCTOR_OK, "socket", "%s, mode %04o", path,
                   (unsigned)found.st_mode & 07777);
    }
}
