/* countersign-mailer: sends the letters that are owed. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/config.h"
#include "base/log.h"
#include "base/secret.h"
#include "mail/mailer.h"

enum { WRONG_USE = 2 };

static const char usage[] =
    "usage: countersign-mailer [--config FILE]\n"
    "Sends the letters that are owed. Any number of mailers may run. SIGTERM drains and ends,\n"
    "SIGHUP reads the configuration, keys and words of letters again. `countersign help config`\n"
    "lists the names.\n";

int main(int argc, char **argv) {
    struct setup *setup = NULL;
    if (argc != 1 && !(argc == 3 && strcmp(argv[1], "--config") == 0)) {
        fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : WRONG_USE;
    }
    if (secret_start() != ST_OK) {
        fputs("countersign-mailer: cannot start: no memory or no random numbers\n", stderr);
        return WRONG_USE;
    }
    const char *path = config_path(argc == 3 ? argv[2] : NULL);
    if (setup_load(path, &setup) != ST_OK)
        return WRONG_USE;
    log_set_level((enum log_level)setup->settings.log_level);
    int code = mailer_run(setup, path);
    setup_release(&setup);
    return code;
}
