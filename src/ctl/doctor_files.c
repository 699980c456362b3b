#include <sys/stat.h>

#include "base/secret.h"
#include "ctl/doctor.h"

enum { FILE_LIMIT = 1 << 20 };

bool doctor_file(struct doctor *doctor, const char *name, const char *path, unsigned forbidden,
                 struct text *file) {
    struct stat found;
    enum status status = secret_read_file(path, FILE_LIMIT, file);
    if (status != ST_OK) {
        doctor_say(doctor, DOCTOR_NO, name, "%s: %s", path,
                   status == ST_NOT_FOUND ? "cannot be opened: check the path, and who may read it"
                                          : "too large, or cannot be read");
        return false;
    }
    if (stat(path, &found) == 0 && (found.st_mode & forbidden) != 0) {
        doctor_say(doctor, DOCTOR_NO, name, "%s: mode %04o is too open: chmod %s", path,
                   (unsigned)found.st_mode & 07777,
                   forbidden == DOCTOR_SECRET_BITS ? "0640" : "0644");
    }
    return true;
}

void doctor_password(struct doctor *doctor, const char *name, const char *path) {
    struct text file;
    if (path != NULL && doctor_file(doctor, name, path, DOCTOR_SECRET_BITS, &file)) {
        secret_cut_line(&file);
        doctor_say(doctor, file.len > 0 ? DOCTOR_OK : DOCTOR_NO, name, "%s",
                   file.len > 0 ? "can be read" : "is empty");
        secret_free(&file.data);
    }
}
