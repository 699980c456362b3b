#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/encode.h"
#include "base/secret.h"
#include "core/seal.h"
#include "core/unseal.h"
#include "ctl/run.h"

enum { KEY_FILE_MAX = 4096, PASSPHRASE_SHORT = 8 };

struct key_files {
    char public_path[PATH_MAX], secret_path[PATH_MAX];
};

static bool make_paths(const char *folder, struct key_files *files) {
    int a = snprintf(files->public_path, PATH_MAX, "%s/organization.pub", folder);
    int b = snprintf(files->secret_path, PATH_MAX, "%s/organization.key", folder);
    return a > 0 && a < PATH_MAX && b > 0 && b < PATH_MAX;
}

static bool make_folder(const char *folder) {
    if (mkdir(folder, 0700) == 0 || errno == EEXIST) {
        return true;
    }
    context_say("%s: %s", folder, strerror(errno));
    return false;
}

static bool write_and_sync(int fd, struct text data) {
    while (data.len > 0) {
        ssize_t n = write(fd, data.data, data.len);
        if (n < 0 && errno != EINTR) {
            return false;
        }
        if (n > 0) {
            data = text_span(data.data + n, data.len - (size_t)n);
        }
    }
    return fsync(fd) == 0;
}

/* O_EXCL: a key that is there may be the only one that opens what was sealed. */
static enum outcome write_new(const char *path, mode_t mode, struct text data) {
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (fd < 0) {
        bool there = errno == EEXIST;
        context_say("%s: %s", path,
                    there ? "is there already, and stays as it is" : strerror(errno));
        return there ? OUTCOME_NO : OUTCOME_WRONG;
    }
    bool written = fchmod(fd, mode) == 0 && write_and_sync(fd, data);
    int error = errno;
    if (close(fd) == 0 && written) {
        return OUTCOME_DONE;
    }
    context_say("%s: %s", path, strerror(error));
    unlink(path);
    return OUTCOME_WRONG;
}

static enum outcome write_pair(const struct keypair *pair, struct text passphrase,
                               const struct key_files *files) {
    char key[ENCODE_BASE64_SIZE(SEAL_PUBLIC_KEY)], line[sizeof key + 1];
    struct buffer secret;
    buffer_init(&secret, KEY_FILE_MAX);
    encode_base64(key, keypair_public(pair), SEAL_PUBLIC_KEY);
    snprintf(line, sizeof line, "%s\n", key);
    enum outcome outcome = OUTCOME_AWAY;
    if (keypair_write(pair, passphrase, &secret) != ST_OK || secret.failed) {
        context_say("out of memory");
    } else {
        outcome = write_new(files->secret_path, 0600, buffer_text(&secret));
    }
    if (outcome == OUTCOME_DONE) {
        outcome = write_new(files->public_path, 0644, text_of(line));
        if (outcome != OUTCOME_DONE) {
            unlink(files->secret_path);
        }
    }
    buffer_done(&secret);
    return outcome;
}

static enum outcome make_pair(const char *folder, struct text passphrase) {
    struct key_files files = {"", ""};
    struct keypair *pair = NULL;
    if (!make_paths(folder, &files)) {
        context_say("--out: the path is too long");
        return OUTCOME_WRONG;
    }
    if (!make_folder(folder)) {
        return OUTCOME_WRONG;
    }
    if (keypair_new(&pair) != ST_OK) {
        context_say("out of memory");
        return OUTCOME_AWAY;
    }
    enum outcome outcome = write_pair(pair, passphrase, &files);
    keypair_free(&pair);
    return outcome;
}

/* How long it has to be is its owner's to judge, who alone knows where the file will lie. */
static enum outcome judge_passphrase(const char *file, struct text passphrase) {
    if (passphrase.data != NULL && passphrase.len == 0) {
        context_say("%s: no passphrase is in it", context_path_name(file));
        return OUTCOME_WRONG;
    }
    if (passphrase.data != NULL && passphrase.len < PASSPHRASE_SHORT) {
        context_say("warning: the passphrase is shorter than %d characters: whoever gets the key's "
                    "file can try all such",
                    PASSPHRASE_SHORT);
    }
    return OUTCOME_DONE;
}

enum outcome run_keygen(struct context *context) {
    const char *folder = options_find(&context->options, "--out");
    const char *passphrase_file = options_find(&context->options, "--passphrase-file");
    struct text passphrase;
    enum outcome outcome = context_secret(passphrase_file, &passphrase);
    if (outcome != OUTCOME_DONE) {
        return outcome;
    }
    outcome = judge_passphrase(passphrase_file, passphrase);
    if (outcome == OUTCOME_DONE) {
        outcome = make_pair(folder, passphrase);
    }
    secret_free(&passphrase.data);
    if (outcome == OUTCOME_DONE) {
        output_printf(&context->out, "%s/organization.pub\n%s/organization.key\n", folder, folder);
    }
    return outcome;
}
