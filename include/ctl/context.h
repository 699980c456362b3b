/* context: what a command works with: its options, the configuration, the connections, the output.
 */
#ifndef CTL_CONTEXT_H
#define CTL_CONTEXT_H

#include "base/arena.h"
#include "core/address.h"
#include "core/blind.h"
#include "core/settings.h"
#include "ctl/command.h"
#include "ctl/output.h"
#include "link/pg.h"
#include "link/redis.h"
#include "store/moderation.h"

enum { CONTEXT_CONNECT_MS = 5000 };

struct context {
    const struct command *command;
    struct options options;
    const char *config; /* --config, or NULL */
    bool json;          /* --json was given */
    struct arena *arena;
    struct output out;
    struct settings settings; /* after context_settings */
    struct pg *pg;            /* after context_database */
    struct redis *redis;      /* after context_redis */
    struct text pg_password, redis_password, sentinel_password;
};

void context_init(struct context *context);
void context_done(struct context *context);

/* The file to read, NULL: the environment alone. */
const char *context_config(const struct context *context);
/* Each returns OUTCOME_DONE, or says on stderr what is wrong. */
enum outcome context_settings(struct context *context, enum settings_for program);
/* Settings, then the operator's connection, connected, with the schema that this program knows. */
enum outcome context_database(struct context *context);
/* The same with the mailer's connection, for mail that comes back. */
enum outcome context_mailer(struct context *context);
/* Settings, then the owner's connection; whatever the schema. */
enum outcome context_owner(struct context *context);
/* Settings, then Redis; does not connect. */
enum outcome context_redis(struct context *context);
/* Deadlines from now on: of ordinary statements, and of those that read all signatures. */
int64_t context_soon(void);
int64_t context_late(void);
/* Publishes a petition's count now, since no worker knows that it has changed; where Redis is away
 * the workers do it within seconds of its return. */
void context_publish(struct context *context, int32_t petition);
/* A small file, or standard input for "-", whole. Free with buffer_done. */
enum outcome context_read(const char *path, size_t limit, struct buffer *out);
/* A secret's file, or standard input for "-", whole, in guarded memory, without line ends behind
 * it; free with secret_free(&out->data). `path` NULL: the absent text. */
enum outcome context_secret(const char *path, struct text *out);
/* The same of a password: the first line alone, as workers and mailers take it. */
enum outcome context_password(const char *path, struct text *out);

/* The keys of the blind index, from index_key_file; free with blind_keys_free. */
enum outcome context_index_keys(struct context *context, struct blind_keys **keys);
/* The addresses that are never written to, from blocked_addresses_file; NULL: none. Free with
 * blocklist_free. */
enum outcome context_blocklist(struct context *context, struct blocklist **out);
/* What operators need of a petition, or says that there is none (OUTCOME_NO). */
enum outcome context_petition(struct context *context, const char *slug,
                              struct moderation_petition *out);
/* Says that there is no such petition; OUTCOME_NO. */
enum outcome context_no_petition(const char *slug);

/* "countersign: ..." on stderr. */
void context_say(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* Says what went wrong with a statement and what the answer is: away for UNAVAILABLE, UNCERTAIN and
 * BUSY, else wrong. */
enum outcome context_database_failed(const struct context *context, enum status status);
/* The path's name for people: standard input for "-". */
const char *context_path_name(const char *path);

#endif
