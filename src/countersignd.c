/* countersignd: the FastCGI worker that takes signatures and tells the count. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/config.h"
#include "base/log.h"
#include "base/secret.h"
#include "core/json.h"
#include "core/settings.h"
#include "serve/worker.h"

enum { CONFIG_ARENA = 64 * 1024, WRONG_USE = 2 };

static const char usage[] =
    "usage: countersignd [--config FILE]\n"
    "Serves the public API over FastCGI. SIGTERM drains and ends, SIGHUP reloads the\n"
    "configuration. `countersign help config` lists the names.\n";

int main(int argc, char **argv) {
    struct settings settings;
    struct config_error error;
    if (argc != 1 && !(argc == 3 && strcmp(argv[1], "--config") == 0)) {
        fputs(usage, argc == 2 && strcmp(argv[1], "--help") == 0 ? stdout : stderr);
        return argc == 2 && strcmp(argv[1], "--help") == 0 ? 0 : WRONG_USE;
    }
    struct arena *arena = arena_new(CONFIG_ARENA, CONFIG_ARENA);
    if (!arena || secret_start() != ST_OK) {
        fputs("countersignd: cannot start: no memory or no random numbers\n", stderr);
        return WRONG_USE;
    }
    json_start();
    const char *path = config_path(argc == 3 ? argv[2] : NULL);
    if (settings_load(path, SETTINGS_WORKER, arena, &settings, &error) != ST_OK) {
        fprintf(stderr, "countersignd: %s\n", error.message);
        arena_free(&arena);
        return WRONG_USE;
    }
    log_set_level((enum log_level)settings.log_level);
    int code = worker_run(&settings, path);
    arena_free(&arena);
    return code;
}
