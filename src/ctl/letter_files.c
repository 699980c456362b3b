#include "ctl/letter_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "core/verp.h"
#include "link/mime.h"

enum { NAME_MAX_BYTES = 128 };

/* The addresses are examples: the mailer has its own from the configuration. */
static enum outcome write_eml(const struct letter_files *files,
                              const struct letter_rendered *rendered, struct buffer *out) {
    static const uint8_t hash[32] = "countersign letter preview 32 b";
    const struct text domain = text_of("example.org");
    char mailto[VERP_MAX], unsubscribe[NAME_MAX_BYTES * 4], list_id[NAME_MAX_BYTES];
    bool asks = !files->leave.data;
    verp_write(VERP_UNSUBSCRIBE, 0, hash, domain, mailto);
    snprintf(unsubscribe, sizeof unsubscribe, "%.*s/u/%.*s", (int)files->base_url.len,
             files->base_url.data, (int)files->leave.len, files->leave.data);
    snprintf(list_id, sizeof list_id, "%.*s.example.org", (int)files->list.len, files->list.data);
    struct mime_letter letter = {
        .from_name = buffer_text(&rendered->sender),
        .from_address = text_of("petitions@example.org"),
        .to = text_of("signer@example.org"),
        .subject = buffer_text(&rendered->subject),
        .text = buffer_text(&rendered->text),
        .html = buffer_text(&rendered->html),
        .language = rendered->language,
        .message_id = text_of("preview@example.org"),
        .date_s = clock_unix_ms() / 1000,
        .feedback_id = text_of("preview:countersign"),
        .list_id = text_of(list_id),
        .list_unsubscribe_url = text_of(asks ? NULL : unsubscribe),
        .list_unsubscribe_mailto = text_of(asks ? NULL : mailto),
    };
    if (mime_write(&letter, out) == ST_OK) {
        return OUTCOME_DONE;
    }
    context_say("a fact holds what cannot stand in a header: a line end, a control character");
    return OUTCOME_WRONG;
}

static const char *folder_of(const struct context *context) {
    const char *folder = options_find(&context->options, "--out");
    return folder ? folder : ".";
}

static enum outcome write_file(struct context *context, const char *name, struct text content) {
    char path[4096];
    snprintf(path, sizeof path, "%s/%s", folder_of(context), name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    struct output file;
    if (fd < 0) {
        context_say("%s: %s", path, strerror(errno));
        return OUTCOME_WRONG;
    }
    output_init(&file, fd);
    output_text(&file, content);
    bool written = output_flush(&file);
    if (!written) {
        context_say("%s: %s", path, strerror(file.error));
    }
    output_done(&file);
    close(fd);
    output_printf(&context->out, "%s\n", path);
    return written ? OUTCOME_DONE : OUTCOME_AWAY;
}

static enum outcome write_both(struct context *context, const char *stem,
                               const struct letter_rendered *rendered, struct text eml) {
    const char *folder = folder_of(context);
    char name[NAME_MAX_BYTES];
    if (strcmp(folder, "-") == 0) {
        output_text(&context->out, eml);
        return OUTCOME_DONE;
    }
    if (mkdir(folder, 0700) != 0 && errno != EEXIST) {
        context_say("%s: %s", folder, strerror(errno));
        return OUTCOME_WRONG;
    }
    int len = (int)rendered->language.len;
    snprintf(name, sizeof name, "%s.%.*s.eml", stem, len, rendered->language.data);
    enum outcome outcome = write_file(context, name, eml);
    if (outcome == OUTCOME_DONE) {
        snprintf(name, sizeof name, "%s.%.*s.html", stem, len, rendered->language.data);
        outcome = write_file(context, name, buffer_text(&rendered->html));
    }
    return outcome;
}

enum outcome letter_files_write(struct context *context, const struct letter_files *files,
                                const struct letter_rendered *rendered) {
    struct buffer eml;
    buffer_init(&eml, MIME_MAX);
    enum outcome outcome = write_eml(files, rendered, &eml);
    if (outcome == OUTCOME_DONE) {
        outcome = write_both(context, files->stem, rendered, buffer_text(&eml));
    }
    buffer_done(&eml);
    return outcome;
}
