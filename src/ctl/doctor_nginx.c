#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

#include "core/weburl.h"
#include "ctl/doctor.h"
#include "ctl/doctor_tls.h"

/* What the worker takes, and where it closes the connection (link/fcgi). */
enum {
    BODY_LEAST = 16 * 1024,
    BODY_MOST = 64 * 1024,
    HOST_SIZE = 300,
    OWN_NET4 = 8,
    OWN_NET6 = 7,
    ARENA_MOST = 64 << 20
};

static const char *argument(const struct nginx_file *file, int at) {
    return file->lines[at].count > 1 ? file->lines[at].words[1] : "";
}

static bool any(const struct nginx_file *file, const char *directive) {
    return nginx_file_next(file, directive, -1) >= 0;
}

/* --- who calls --- */

/* Nets larger than the largest that are anybody's own, 10.0.0.0/8 and fc00::/7: two halves of the
 * world are the world. */
static bool is_everybody(const char *net) {
    const char *slash = strchr(net, '/');
    return slash != NULL &&
           strtol(slash + 1, NULL, 10) < (strchr(net, ':') != NULL ? OWN_NET6 : OWN_NET4);
}

static void look_at_trust(struct doctor *doctor, const struct nginx_file *file) {
    const char *everybody = NULL;
    bool trusts = any(file, "set_real_ip_from"), forwarded = false;
    for (int at = -1; (at = nginx_file_next(file, "set_real_ip_from", at)) >= 0;) {
        everybody = is_everybody(argument(file, at)) ? argument(file, at) : everybody;
    }
    for (int at = -1; (at = nginx_file_next(file, "real_ip_header", at)) >= 0;) {
        forwarded |= strcasecmp(argument(file, at), "X-Forwarded-For") == 0 ||
                     strcasecmp(argument(file, at), "proxy_protocol") == 0;
    }
    doctor_judge(doctor, everybody != NULL, DOCTOR_NO, CHECK_NGINX_TRUST, "%s",
                 everybody != NULL ? everybody
                 : trusts          ? "named proxies alone"
                                   : "no proxy");
    doctor_judge(doctor, trusts && !forwarded, DOCTOR_NO, CHECK_NGINX_REAL_IP, "%s",
                 trusts ? forwarded ? "X-Forwarded-For" : "no real_ip_header for it" : "no proxy");
}

/* What it says of the caller where this line passes requests on; NULL: nothing. Parameters are
 * inherited whole: where a block has one of its own, it has none of those above. */
static const char *caller_at(const struct nginx_file *file, int pass) {
    static const char name[] = "fastcgi_param";
    int block = nginx_file_inherited(file, file->lines[pass].parent, name);
    const char *caller = NULL;
    for (int at = -1; (at = nginx_file_next_in(file, block, name, at)) >= 0;) {
        const struct nginx_line *line = &file->lines[at];
        if (line->count > 2 && strcmp(line->words[1], "REMOTE_ADDR") == 0) {
            caller = line->words[2];
        }
    }
    return caller;
}

static void look_at_caller(struct doctor *doctor, const struct nginx_file *file) {
    const char *wrong = NULL;
    for (int at = -1; (at = nginx_file_next(file, "fastcgi_pass", at)) >= 0;) {
        const char *caller = caller_at(file, at);
        if (caller == NULL) {
            wrong = "no REMOTE_ADDR";
        } else if (strcmp(caller, "$remote_addr") != 0 &&
                   strcmp(caller, "$realip_remote_addr") != 0) {
            wrong = caller;
        }
    }
    doctor_judge(doctor, wrong != NULL, DOCTOR_NO, CHECK_NGINX_CALLER, "%s",
                 wrong != NULL ? wrong : "$remote_addr");
}

/* --- whom it asks --- */

static bool is_passed_to(const struct nginx_file *file, const char *upstream) {
    bool passed = false;
    for (int at = -1; (at = nginx_file_next(file, "fastcgi_pass", at)) >= 0;) {
        passed |= strcmp(argument(file, at), upstream) == 0;
    }
    return passed;
}

/* Sockets that are not there; what we may not look at may be there. */
static void look_at_sockets(struct doctor *doctor, const struct nginx_file *file) {
    const char *missing = NULL;
    bool any_there = false;
    int where;
    for (int at = -1; (at = nginx_file_next(file, "server", at)) >= 0;) {
        const char *address = argument(file, at);
        if (strncmp(address, "unix:", 5) != 0 || !nginx_file_within(file, at, "upstream", &where) ||
            !is_passed_to(file, argument(file, where))) {
            continue;
        }
        bool absent = access(address + 5, F_OK) != 0 && errno == ENOENT;
        missing = absent ? address + 5 : missing;
        any_there |= !absent;
    }
    doctor_judge(doctor, missing != NULL, any_there ? DOCTOR_WARN : DOCTOR_NO, CHECK_NGINX_SOCKETS,
                 "%s", missing != NULL ? missing : "are there");
}

/* --- what it takes and keeps --- */

static long long bytes_of(const char *size) {
    char *end;
    long long number = strtoll(size, &end, 10);
    int shift = *end == 'k' || *end == 'K'   ? 10
                : *end == 'm' || *end == 'M' ? 20
                : *end == 'g' || *end == 'G' ? 30
                                             : 0;
    return number << shift;
}

static void look_at_body(struct doctor *doctor, const struct nginx_file *file) {
    const char *wrong = any(file, "client_max_body_size") ? NULL : "not set: 1m";
    for (int at = -1; (at = nginx_file_next(file, "client_max_body_size", at)) >= 0;) {
        long long bytes = bytes_of(argument(file, at));
        wrong = bytes < BODY_LEAST || bytes > BODY_MOST ? argument(file, at) : wrong;
    }
    doctor_judge(doctor, wrong != NULL, DOCTOR_NO, CHECK_NGINX_BODY, "%s",
                 wrong != NULL ? wrong : "16k to 64k");
}

static void look_at_keepalive(struct doctor *doctor, const struct nginx_file *file) {
    bool upstream = false, kept = false;
    int where;
    for (int at = -1; (at = nginx_file_next(file, "keepalive", at)) >= 0;) {
        upstream |= nginx_file_within(file, at, "upstream", &where) &&
                    strtol(argument(file, at), NULL, 10) > 0;
    }
    for (int at = -1; (at = nginx_file_next(file, "fastcgi_keep_conn", at)) >= 0;) {
        kept |= strcmp(argument(file, at), "on") == 0;
    }
    doctor_judge(doctor, !upstream || !kept, DOCTOR_WARN, CHECK_NGINX_KEEPALIVE, "%s",
                 !upstream ? "no keepalive in an upstream"
                 : !kept   ? "fastcgi_keep_conn is not on"
                           : "connections are kept");
}

static void look_at_cache(struct doctor *doctor, const struct nginx_file *file) {
    bool cached = false;
    int where;
    for (int at = -1; (at = nginx_file_next(file, "fastcgi_cache", at)) >= 0;) {
        if (strcmp(argument(file, at), "off") == 0 ||
            !nginx_file_within(file, at, "location", &where)) {
            continue;
        }
        for (size_t i = 1; i < file->lines[where].count; i++) {
            cached |= strstr(file->lines[where].words[i], "/count") != NULL;
        }
    }
    doctor_judge(doctor, !cached, DOCTOR_NO, CHECK_NGINX_CACHE, "%s",
                 cached ? "cached" : "no fastcgi_cache in a location of /count");
}

static void look_at_cores(struct doctor *doctor, const struct nginx_file *file) {
    int at = nginx_file_next(file, "worker_rlimit_core", -1);
    bool cores = at >= 0 && bytes_of(argument(file, at)) != 0;
    doctor_judge(doctor, cores, DOCTOR_WARN, CHECK_NGINX_CORES, "%s",
                 cores ? argument(file, at) : "none");
}

/* --- whom it serves --- */

/* As nginx compares: whatever the case, and `*.example.org` and `.example.org` are for what is in
 * front of a dot. What is a regular expression is not read. */
static bool is_named(const char *name, const char *host) {
    const char *rest = name[0] == '*' ? name + 1 : name;
    size_t len = strlen(host), tail = strlen(rest);
    return strcasecmp(name, host) == 0 || (name[0] == '.' && strcasecmp(name + 1, host) == 0) ||
           (rest[0] == '.' && tail < len && strcasecmp(host + len - tail, rest) == 0);
}

/* A server that only leads elsewhere serves nobody. */
static bool passes_on(const struct nginx_file *file, int server) {
    int where;
    for (int at = -1; (at = nginx_file_next(file, "fastcgi_pass", at)) >= 0;) {
        if (nginx_file_within(file, at, "server", &where) && where == server) {
            return true;
        }
    }
    return false;
}

/* ---- what it writes down -----------------------------------------------------------------------
 */

static bool tells_callers(const char *word) {
    static const char *const of_callers[] = {
        "remote_addr",   "forwarded", "$request_uri", "$proxy_protocol_addr",
        "$http_referer", "$args",     "$query_string"};
    bool tells = false;
    for (size_t i = 0; i < sizeof of_callers / sizeof of_callers[0]; i++) {
        tells |= strstr(word, of_callers[i]) != NULL;
    }
    return tells;
}

static bool format_tells(const struct nginx_line *format) {
    bool tells = false;
    for (size_t i = 2; i < format->count; i++) {
        tells |= tells_callers(format->words[i]);
    }
    return tells;
}

/* What is not defined here is nginx' own `combined`, which begins with the address. */
static bool is_open_format(const struct nginx_file *file, const char *name) {
    bool defined = false, tells = false;
    for (int at = -1; (at = nginx_file_next(file, "log_format", at)) >= 0;) {
        if (strcmp(argument(file, at), name) == 0) {
            defined = true;
            tells |= format_tells(&file->lines[at]);
        }
    }
    return !defined || tells;
}

/* nginx' error log has a line of the request, and the address, with all that is no alert. */
static bool is_open_log(const struct nginx_file *file, int at) {
    const struct nginx_line *line = &file->lines[at];
    const char *third = line->count > 2 ? line->words[2] : "";
    if (strcmp(line->words[0], "error_log") == 0) {
        return strcmp(third, "alert") != 0 && strcmp(third, "emerg") != 0;
    }
    return strcmp(argument(file, at), "off") != 0 && is_open_format(file, third);
}

/* The first of a server's lines of this directive, its locations' too, that tells of callers; where
 * it has none of its own, what it inherits. With none at all nginx has a log of its own making. */
static const char *open_log(const struct nginx_file *file, int server, const char *directive) {
    const char *inherited = directive;
    bool own = false;
    for (int at = -1; (at = nginx_file_next(file, directive, at)) >= 0;) {
        int parent = file->lines[at].parent, where;
        bool here = nginx_file_within(file, at, "server", &where) && where == server;
        if (here && is_open_log(file, at)) {
            return argument(file, at);
        }
        own |= here && parent == server;
        if (parent == -1 || parent == file->lines[server].parent) {
            inherited = is_open_log(file, at) ? argument(file, at) : NULL;
        }
    }
    return own ? NULL : inherited;
}

static void look_at_log(struct doctor *doctor, const struct nginx_file *file, int server) {
    const char *open = open_log(file, server, "access_log");
    open = open != NULL ? open : open_log(file, server, "error_log");
    doctor_judge(doctor, open != NULL, DOCTOR_NO, CHECK_NGINX_LOG, "%s",
                 open != NULL ? open : "nothing of callers");
}

/* Of several servers of that name (ports, perhaps) the last one's logs. */
static void look_at_host(struct doctor *doctor, const struct nginx_file *file) {
    const char *url = doctor->context->settings.base_url;
    char host[HOST_SIZE];
    int where, server = -1;
    if (url == NULL || !text_store(weburl_host(text_of(url)), host, HOST_SIZE)) {
        return;
    }
    for (int at = -1; (at = nginx_file_next(file, "server_name", at)) >= 0;) {
        bool here = nginx_file_within(file, at, "server", &where) && passes_on(file, where);
        for (size_t i = 1; here && i < file->lines[at].count; i++) {
            server = is_named(file->lines[at].words[i], host) ? where : server;
        }
    }
    doctor_judge(doctor, server < 0, DOCTOR_NO, CHECK_NGINX_HOST, "%s", host);
    if (server >= 0) {
        look_at_log(doctor, file, server);
        doctor_tls(doctor, file, server, host);
    }
}

/* Its memory goes with it: the files may be long. */
void doctor_nginx(struct doctor *doctor, const char *path) {
    struct nginx_file file;
    char why[NGINX_WHY_SIZE] = "out of memory";
    struct arena *arena = path != NULL ? arena_new(1 << 20, ARENA_MOST) : NULL;
    if (path == NULL) {
        doctor_say(doctor, DOCTOR_OK, "nginx", "not looked at: name its nginx.conf with --nginx");
    } else if (arena == NULL || nginx_file_read(path, arena, &file, why) != ST_OK) {
        doctor_say(doctor, DOCTOR_NO, "nginx", "%s", why);
    } else if (!any(&file, "fastcgi_pass")) {
        doctor_say(
            doctor, DOCTOR_NO, "nginx",
            "%s passes nothing to workers: include countersign/countersign.conf (nginx/README.md)",
            path);
    } else {
        look_at_trust(doctor, &file);
        look_at_caller(doctor, &file);
        look_at_sockets(doctor, &file);
        look_at_body(doctor, &file);
        look_at_keepalive(doctor, &file);
        look_at_cache(doctor, &file);
        look_at_cores(doctor, &file);
        look_at_host(doctor, &file);
    }
    arena_free(&arena);
}
