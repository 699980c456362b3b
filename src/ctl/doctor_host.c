#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "core/weburl.h"
#include "ctl/doctor.h"
#include "ctl/scrape.h"

enum { FILES_LEAST = 1024, ASK_MS = 2000, EMPTY_PERCENT = 3, PLACES_MAX = 16 };

/* --- the file --- */

/* Who can write into the folder can put another file there, unless it has the sticky bit. */
static bool is_folder_open(const char *path) {
    char folder[PATH_MAX];
    struct stat found;
    const char *slash = strrchr(path, '/');
    struct text name = slash == NULL ? text_of(".") : text_span(path, (size_t)(slash - path) + 1);
    return text_store(name, folder, sizeof folder) && stat(folder, &found) == 0 &&
           (found.st_mode & 0022) != 0 && (found.st_mode & S_ISVTX) == 0;
}

/* What containers have mounted read-only their engine's host may let others read and write: the
 * file there is not ours to judge, and with fewer rights we could not read it. */
static bool is_mounted_read_only(const char *path) {
    struct statvfs mount;
    return statvfs(path, &mount) == 0 && (mount.f_flag & ST_RDONLY) != 0;
}

static void look_at_file(struct doctor *doctor) {
    const char *path = context_config(doctor->context);
    struct stat found;
    if (path == NULL || stat(path, &found) != 0 || !S_ISREG(found.st_mode)) {
        return;
    }
    if (is_mounted_read_only(path)) {
        doctor_judge(doctor, false, DOCTOR_OK, CHECK_CONFIG_WRITABLE, "%s, mounted read-only",
                     path);
        return;
    }
    unsigned mode = (unsigned)found.st_mode & 07777;
    bool folder = is_folder_open(path);
    doctor_judge(doctor, folder || (mode & 0022) != 0, DOCTOR_NO, CHECK_CONFIG_WRITABLE,
                 "%s, %s %04o", path, folder ? "whose folder others can write into, mode" : "mode",
                 mode);
    doctor_judge(doctor, (mode & 0004) != 0, DOCTOR_WARN, CHECK_CONFIG_OPEN, "%s, mode %04o", path,
                 mode);
}

static bool holds_password(const char *conninfo) {
    return pg_conninfo_count(conninfo, "password") > 0 ||
           pg_conninfo_count(conninfo, "sslpassword") > 0;
}

static void look_at_passwords(struct doctor *doctor) {
    const struct settings *settings = &doctor->context->settings;
    const struct {
        const char *name, *conninfo;
    } all[] = {{"database", settings->database},
               {"operator_database", settings->operator_database},
               {"owner_database", settings->owner_database},
               {"mailer_database", settings->mailer_database}};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        if (all[i].conninfo != NULL && holds_password(all[i].conninfo)) {
            doctor_judge(doctor, true, DOCTOR_NO, CHECK_CONFIG_PASSWORD, "%s", all[i].name);
        }
    }
}

/* A site on this host alone is for a look at it. */
static void look_at_site(struct doctor *doctor) {
    const char *url = doctor->context->settings.base_url;
    if (url == NULL) {
        return;
    }
    bool plain = strncmp(url, "http://", 7) == 0;
    bool here = weburl_host_is_here(weburl_host(text_of(url)));
    doctor_judge(doctor, plain && !here, DOCTOR_NO, CHECK_SITE_HTTPS, "%s", url);
}

/* A container's addresses are those of its networks, and its file is mounted. */
static void look_at_listener(struct doctor *doctor) {
    const char *address = doctor->context->settings.operators_listen;
    const char *file = context_config(doctor->context);
    if (address == NULL || (file != NULL && is_mounted_read_only(file))) {
        return;
    }
    bool open = text_starts(text_of(address), "0.0.0.0:") || text_starts(text_of(address), "[::]:");
    doctor_judge(doctor, open, DOCTOR_WARN, CHECK_OPERATORS_OPEN, "%s", address);
}

/* --- disks --- */

static long percent(fsblkcnt_t part, fsblkcnt_t whole) {
    return whole > 0 ? (long)(part * 100 / whole) : 100;
}

/* Each file system once. */
static bool is_new(unsigned long *seen, size_t *count, unsigned long id) {
    for (size_t i = 0; i < *count; i++) {
        if (seen[i] == id) {
            return false;
        }
    }
    seen[(*count)++] = id;
    return true;
}

static void look_at_disks(struct doctor *doctor, long least) {
    static const char *const places[] = {
        "/", "/var/lib/postgresql", "/var/log", "/var/cache/nginx", "/var/lib/redis", "/tmp"};
    unsigned long seen[PLACES_MAX] = {0};
    size_t count = 0;
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        struct statvfs disk;
        struct stat folder;
        if (stat(places[i], &folder) != 0 || statvfs(places[i], &disk) != 0 ||
            !is_new(seen, &count, (unsigned long)folder.st_dev)) {
            continue;
        }
        long blocks = percent(disk.f_bavail, disk.f_blocks);
        long files = percent(disk.f_favail, disk.f_files);
        long left = blocks < files ? blocks : files;
        doctor_judge(doctor, left < least, left < EMPTY_PERCENT ? DOCTOR_NO : DOCTOR_WARN,
                     CHECK_DISK, "%s has %ld %% left", places[i], left);
    }
}

void doctor_host(struct doctor *doctor, long free_percent) {
    look_at_file(doctor);
    look_at_passwords(doctor);
    look_at_site(doctor);
    look_at_listener(doctor);
    look_at_disks(doctor, free_percent);
}

/* --- running programs --- */

static bool host_swaps(void) {
    char line[256];
    size_t lines = 0;
    FILE *file = fopen("/proc/swaps", "re");
    while (file != NULL && fgets(line, sizeof line, file) != NULL) {
        lines++;
    }
    if (file != NULL) {
        fclose(file);
    }
    return lines > 1; /* the first is a heading */
}

static void look_at_program(struct doctor *doctor, const char *address, struct scrape *scrape) {
    scrape_fetch(scrape, address, ASK_MS);
    if (!scrape->up) {
        doctor_say(doctor, DOCTOR_WARN, "programs", "%s does not answer: is it running here?",
                   address);
        return;
    }
    double files = scrape_sum(scrape, "process_max_fds");
    bool locked = scrape_sum(scrape, "countersign_locked_memory_bytes") > 0;
    doctor_judge(doctor, files < FILES_LEAST, DOCTOR_NO, CHECK_FILE_LIMIT, "%s: %.0f", address,
                 files);
    doctor_judge(doctor, !locked, host_swaps() ? DOCTOR_NO : DOCTOR_WARN, CHECK_UNLOCKED, "%s: %s",
                 address, locked ? "locked" : "the limit of locked memory is too low");
}

void doctor_programs(struct doctor *doctor, const char *const *addresses, size_t count) {
    struct scrape *scrape = scrape_new();
    for (size_t i = 0; scrape != NULL && i < count; i++) {
        if (addresses[i] != NULL) {
            look_at_program(doctor, addresses[i], scrape);
        }
    }
    scrape_free(&scrape);
}
