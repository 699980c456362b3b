#include "ctl/context.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "store/counts.h"
#include "store/schema.h"

enum {
    SECRET_LIMIT = 64 * 1024,
    ARENA_CHUNK = 64 * 1024,
    ARENA_LIMIT = 64 << 20,
    QUICK_MS = 30 * 1000,
    LONG_MS = 60 * 60 * 1000
};

void context_init(struct context *context) {
    *context = (struct context){.arena = arena_new(ARENA_CHUNK, ARENA_LIMIT)};
    output_init(&context->out, STDOUT_FILENO);
}

void context_done(struct context *context) {
    pg_free(&context->pg);
    redis_free(&context->redis);
    secret_free(&context->pg_password.data);
    secret_free(&context->redis_password.data);
    secret_free(&context->sentinel_password.data);
    output_done(&context->out);
    arena_free(&context->arena);
}

void context_say(const char *format, ...) {
    va_list arguments;
    fputs("countersign: ", stderr);
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
}

static bool names_input(const char *path) {
    return strcmp(path, "-") == 0;
}

const char *context_path_name(const char *path) {
    return names_input(path) ? "standard input" : path;
}

/* --- configuration --- */

const char *context_config(const struct context *context) {
    return config_path(context->config);
}

enum outcome context_settings(struct context *context, enum settings_for program) {
    struct config_error error;
    const char *path = context_config(context);
    if (context->arena == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    if (settings_load(path, program, context->arena, &context->settings, &error) == ST_OK) {
        return OUTCOME_DONE;
    }
    context_say("%s", error.message);
    return OUTCOME_WRONG;
}

enum outcome context_secret(const char *path, struct text *out) {
    struct text secret = {NULL, 0};
    if (path == NULL) {
        *out = secret;
        return OUTCOME_DONE;
    }
    enum status status = names_input(path) ? secret_read_fd(STDIN_FILENO, SECRET_LIMIT, &secret)
                                           : secret_read_file(path, SECRET_LIMIT, &secret);
    if (status != ST_OK) {
        context_say("%s: %s", context_path_name(path),
                    status == ST_INVALID ? "too large for a secret"
                    : status == ST_NOT_FOUND
                        ? "cannot be opened; check its path and who may read it"
                        : "cannot be read");
        return OUTCOME_WRONG;
    }
    while (secret.len > 0 && strchr("\r\n", secret.data[secret.len - 1]) != NULL) {
        secret.len--;
    }
    *out = secret;
    return OUTCOME_DONE;
}

enum outcome context_password(const char *path, struct text *out) {
    enum outcome outcome = context_secret(path, out);
    if (outcome == OUTCOME_DONE) {
        secret_cut_line(out);
    }
    return outcome;
}

enum outcome context_index_keys(struct context *context, struct blind_keys **keys) {
    const char *path = context->settings.index_key_file;
    struct text file;
    size_t line = 0;
    enum outcome outcome = context_secret(path, &file);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    enum status status = blind_keys_parse(file, keys, &line);
    secret_free(&file.data);
    if (status == ST_OK) {
        return OUTCOME_DONE;
    }
    context_say("%s:%zu: not a line of `NUMBER BASE64` (a number from 1 to 32767, 32 bytes)", path,
                line);
    return OUTCOME_WRONG;
}

enum outcome context_blocklist(struct context *context, struct blocklist **out) {
    const char *path = context->settings.blocked_addresses_file;
    size_t line = 0;
    if (blocklist_read(path, NULL, out, &line) == ST_OK) {
        return OUTCOME_DONE;
    }
    if (line > 0) {
        context_say("%s:%zu: not a line `someone@example.org` or `@example.org`", path, line);
    } else {
        context_say("%s: cannot be read, or is too large", path);
    }
    return OUTCOME_WRONG;
}

enum outcome context_no_petition(const char *slug) {
    context_say("no petition %.64s; `countersign petition list` lists them", slug);
    return OUTCOME_NO;
}

/* --- files --- */

static enum outcome read_all(int fd, const char *name, struct buffer *out) {
    char chunk[16384];
    ssize_t n = 0;
    do {
        n = read(fd, chunk, sizeof chunk);
        if (n > 0) {
            buffer_add(out, chunk, (size_t)n);
        }
    } while (!out->failed && (n > 0 || (n < 0 && errno == EINTR)));
    explicit_bzero(chunk, sizeof chunk);
    if (out->failed) {
        context_say("%s: too large", name);
    } else if (n < 0) {
        context_say("%s: %s", name, strerror(errno));
    }
    return n == 0 && !out->failed ? OUTCOME_DONE : OUTCOME_WRONG;
}

enum outcome context_read(const char *path, size_t limit, struct buffer *out) {
    bool is_input = names_input(path);
    int fd = is_input ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        context_say("%s: %s", path, strerror(errno));
        return OUTCOME_WRONG;
    }
    struct buffer buffer;
    buffer_init(&buffer, limit);
    enum outcome outcome = read_all(fd, context_path_name(path), &buffer);
    if (!is_input) {
        close(fd);
    }
    if (outcome != OUTCOME_DONE) {
        buffer_done(&buffer);
        return outcome;
    }
    *out = buffer;
    return OUTCOME_DONE;
}

/* --- PostgreSQL --- */

enum outcome context_database_failed(const struct context *context, enum status status) {
    const char *state = pg_sqlstate(context->pg);
    if (status == ST_UNAVAILABLE || status == ST_UNCERTAIN || status == ST_BUSY) {
        context_say("PostgreSQL: %s (%s)%s", pg_message(context->pg), state,
                    status == ST_UNCERTAIN ? "; it is not known whether it was done: run it again"
                                           : "");
        return OUTCOME_AWAY;
    }
    context_say("PostgreSQL: %s (%s)", pg_message(context->pg), state);
    return OUTCOME_WRONG;
}

static enum outcome connect_to(struct context *context, const char *conninfo,
                               const char *password_file) {
    enum outcome outcome = context_password(password_file, &context->pg_password);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    if (!pg_conninfo_is_good(conninfo)) {
        context_say("the database in the configuration is no connection string: write `host=... "
                    "dbname=... user=...`, as psql takes it");
        return OUTCOME_WRONG;
    }
    struct pg_options options = {.conninfo = conninfo,
                                 .password = context->pg_password,
                                 .application_name = "countersign",
                                 .connect_timeout_ms = CONTEXT_CONNECT_MS};
    context->pg = pg_new(&options);
    if (context->pg == NULL) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum status status = pg_connect(context->pg, true, clock_monotonic_ms() + CONTEXT_CONNECT_MS);
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

static enum outcome same_schema(struct context *context) {
    int found = 0, wanted = 0;
    int64_t deadline_ms = context_soon();
    enum status status = schema_check(context->pg, deadline_ms, &found, &wanted);
    if (status == ST_OK) {
        return OUTCOME_DONE;
    }
    if (status != ST_INVALID) {
        return context_database_failed(context, status);
    }
    char why[SCHEMA_WORDS];
    schema_refusal(found, why);
    context_say("%s", why);
    return OUTCOME_WRONG;
}

enum outcome context_database(struct context *context) {
    enum outcome outcome = context_settings(context, SETTINGS_OPERATOR);
    if (outcome == OUTCOME_DONE) {
        outcome = connect_to(context, context->settings.operator_database,
                             context->settings.operator_database_password_file);
    }
    return outcome == OUTCOME_DONE ? same_schema(context) : outcome;
}

enum outcome context_mailer(struct context *context) {
    enum outcome outcome = context_settings(context, SETTINGS_RECEIVE);
    if (outcome == OUTCOME_DONE) {
        outcome = connect_to(context, context->settings.mailer_database,
                             context->settings.mailer_database_password_file);
    }
    return outcome == OUTCOME_DONE ? same_schema(context) : outcome;
}

enum outcome context_owner(struct context *context) {
    enum outcome outcome = context_settings(context, SETTINGS_MIGRATE);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    return connect_to(context, context->settings.owner_database,
                      context->settings.owner_database_password_file);
}

int64_t context_soon(void) {
    return clock_monotonic_ms() + QUICK_MS;
}

int64_t context_late(void) {
    return clock_monotonic_ms() + LONG_MS;
}

enum outcome context_petition(struct context *context, const char *slug,
                              struct moderation_petition *out) {
    int64_t deadline_ms = context_soon();
    enum status status = moderation_petition(context->pg, text_of(slug), deadline_ms, out);
    if (status == ST_NOT_FOUND) {
        return context_no_petition(slug);
    }
    return status == ST_OK ? OUTCOME_DONE : context_database_failed(context, status);
}

/* --- Redis --- */

enum outcome context_redis(struct context *context) {
    const struct settings *settings = &context->settings;
    enum outcome outcome =
        context_password(settings->redis_password_file, &context->redis_password);
    if (outcome == OUTCOME_DONE) {
        outcome =
            context_password(settings->redis_sentinel_password_file, &context->sentinel_password);
    }
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    struct redis_options options = {.address = settings->redis,
                                    .user = settings->redis_user,
                                    .password = context->redis_password,
                                    .timeout_ms = 1000,
                                    .sentinel_password = context->sentinel_password};
    if (redis_new(&options, &context->redis) != ST_OK) {
        context_say("redis: the address in the configuration is not one");
        return OUTCOME_WRONG;
    }
    return OUTCOME_DONE;
}

void context_publish(struct context *context, int32_t petition) {
    struct count_list list = {0};
    if (context->redis == NULL && context_redis(context) != OUTCOME_DONE) {
        return;
    }
    struct redis_script script;
    bool strange; /* is put right, and told by workers */
    int64_t deadline_ms = context_soon();
    counts_script_init(&script);
    if (counts_read(context->pg, &petition, 1, deadline_ms, &list) == ST_OK && list.count > 0 &&
        counts_publish(context->redis, &script, &list.items[0], &strange) != ST_OK) {
        context_say("warning: Redis is away (%s): the public number follows once it is back",
                    redis_code(context->redis));
    }
    count_list_done(&list);
}
