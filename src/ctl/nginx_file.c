#include "ctl/nginx_file.h"

#include <fcntl.h>
#include <glob.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"

enum { FILE_LIMIT = 1 << 20, DEPTH_MAX = 16, PATH_SIZE = 1024 };

/* One reading: the files that are open lie on each other. */
struct reading {
    struct arena *arena;
    struct nginx_file *file;
    char *why;
    const char *folder;
    size_t folder_len;
    int depth;
};

/* Where in a file it is. A word takes at most a byte more than it took there. */
struct place {
    struct text rest;
    const char *path;
    char *room; /* for words: twice as long as the file */
};

static enum status wrong(const struct reading *reading, enum status status, const char *path,
                         const char *what) {
    snprintf(reading->why, NGINX_WHY_SIZE, "%.300s: %s", path, what);
    return status;
}

/* --- words --- */

static bool is_space(char c) {
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static void skip(struct text *rest) {
    while (rest->len > 0 && (is_space(*rest->data) || *rest->data == '#')) {
        bool comment = *rest->data == '#';
        do {
            rest->data++;
            rest->len--;
        } while (comment && rest->len > 0 && *rest->data != '\n');
    }
}

static char take(struct text *rest) {
    char c = *rest->data++;
    rest->len--;
    return c;
}

/* ${name}: its brace begins no block. */
static bool is_variable(const char *word, size_t len, char c) {
    return c == '{' && len > 0 && word[len - 1] == '$';
}

static size_t take_variable(struct text *rest, char *word, size_t len) {
    while (rest->len > 0 && word[len - 1] != '}') {
        word[len++] = take(rest);
    }
    return len;
}

/* What stands between quotes, without them; a backslash keeps what follows. */
static size_t take_quoted(struct text *rest, char *word) {
    char quote = take(rest);
    size_t len = 0;
    while (rest->len > 0 && *rest->data != quote) {
        bool escaped = *rest->data == '\\';
        word[len++] = take(rest);
        if (escaped && rest->len > 0) {
            word[len++] = take(rest);
        }
    }
    if (rest->len > 0) {
        take(rest);
    }
    return len;
}

static size_t take_plain(struct text *rest, char *word) {
    size_t len = 0;
    while (rest->len > 0) {
        char c = *rest->data;
        if (is_space(c) || c == ';' || (strchr("{}", c) != NULL && !is_variable(word, len, c))) {
            break;
        }
        bool variable = is_variable(word, len, c);
        word[len++] = take(rest);
        len = variable ? take_variable(rest, word, len) : len;
    }
    return len;
}

/* A word, or one of ; { } by itself (*mark, else NUL). NULL: the file is over. */
static const char *next_word(struct place *place, char *mark) {
    struct text *rest = &place->rest;
    char *word = place->room;
    skip(rest);
    *mark = '\0';
    if (rest->len == 0) {
        return NULL;
    }
    if (strchr(";{}", *rest->data) != NULL) {
        *mark = take(rest);
        return "";
    }
    bool quoted = *rest->data == '"' || *rest->data == '\'';
    size_t len = quoted ? take_quoted(rest, word) : take_plain(rest, word);
    word[len] = '\0';
    place->room += len + 1;
    return word;
}

/* --- lines --- */

static enum status read_file(struct reading *reading, const char *path, int parent);

static enum status read_included(struct reading *reading, const struct nginx_line *line, int parent,
                                 const char *from) {
    char pattern[PATH_SIZE];
    glob_t found;
    const char *name = line->count > 1 ? line->words[1] : "";
    bool absolute = *name == '/';
    int len = snprintf(pattern, sizeof pattern, "%.*s%s", absolute ? 0 : (int)reading->folder_len,
                       reading->folder, name);
    if (*name == '\0' || len >= PATH_SIZE || reading->depth >= DEPTH_MAX) {
        return wrong(reading, ST_INVALID, from, "an include that cannot be followed");
    }
    int outcome = glob(pattern, 0, NULL, &found);
    if (outcome != 0) {
        bool any = strpbrk(name, "*?[") != NULL; /* a pattern may match nothing */
        return any && outcome == GLOB_NOMATCH
                   ? ST_OK
                   : wrong(reading, ST_NOT_FOUND, pattern, "cannot be read");
    }
    enum status status = ST_OK;
    reading->depth++;
    for (size_t i = 0; status == ST_OK && i < found.gl_pathc; i++) {
        status = read_file(reading, found.gl_pathv[i], parent);
    }
    reading->depth--;
    globfree(&found);
    return status;
}

static enum status add_line(struct reading *reading, const struct nginx_line *line,
                            const char *path) {
    if (reading->file->count == NGINX_LINES_MAX) {
        return wrong(reading, ST_INVALID, path, "too many lines");
    }
    reading->file->lines[reading->file->count++] = *line;
    return ST_OK;
}

/* One directive, up to its `;`, `{` or `}`; *end gets which, NUL at the end of the file. */
static void read_line(struct place *place, struct nginx_line *line, char *end) {
    const char *word;
    while ((word = next_word(place, end)) != NULL && *end == '\0') {
        if (line->count < NGINX_WORDS_MAX) {
            line->words[line->count++] = word;
        }
    }
}

static enum status read_block(struct reading *reading, struct place *place, int parent) {
    enum status status = ST_OK;
    while (status == ST_OK) {
        struct nginx_line line = {.parent = parent};
        char end = '\0';
        read_line(place, &line, &end);
        if (end == '}' || end == '\0') {
            return line.count > 0 ? wrong(reading, ST_INVALID, place->path, "a line without its ;")
                                  : ST_OK;
        }
        if (line.count == 0) {
            continue;
        }
        if (strcmp(line.words[0], "include") == 0) {
            status = read_included(reading, &line, parent, place->path);
            continue;
        }
        status = add_line(reading, &line, place->path);
        if (status == ST_OK && end == '{') {
            status = read_block(reading, place, (int)reading->file->count - 1);
        }
    }
    return status;
}

/* A whole file, and room for its words. */
static enum status read_text(const char *path, struct arena *arena, struct place *place) {
    struct stat file;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    bool good =
        fd >= 0 && fstat(fd, &file) == 0 && S_ISREG(file.st_mode) && file.st_size <= FILE_LIMIT;
    size_t size = good ? (size_t)file.st_size : 0, len = 0;
    char *data = good ? arena_alloc(arena, size + 1) : NULL;
    place->room = good ? arena_alloc(arena, 2 * size + 2) : NULL;
    ssize_t n = 0;
    while (data != NULL && len < size && (n = read(fd, data + len, size - len)) > 0) {
        len += (size_t)n;
    }
    if (fd >= 0) {
        close(fd);
    }
    if (data == NULL || place->room == NULL || n < 0) {
        return ST_NOT_FOUND;
    }
    place->rest = text_span(data, len);
    return ST_OK;
}

static enum status read_file(struct reading *reading, const char *path, int parent) {
    struct place place = {.path = path};
    if (read_text(path, reading->arena, &place) != ST_OK) {
        return wrong(reading, ST_NOT_FOUND, path, "cannot be read");
    }
    return read_block(reading, &place, parent);
}

enum status nginx_file_read(const char *path, struct arena *arena, struct nginx_file *out,
                            char why[NGINX_WHY_SIZE]) {
    struct nginx_file file = {0, arena_alloc(arena, NGINX_LINES_MAX * sizeof *file.lines)};
    const char *slash = strrchr(path, '/');
    struct reading reading = {.arena = arena,
                              .file = &file,
                              .why = why,
                              .folder = path,
                              .folder_len = slash != NULL ? (size_t)(slash - path) + 1 : 0};
    if (file.lines == NULL) {
        return wrong(&reading, ST_FAULT, path, "out of memory");
    }
    enum status status = read_file(&reading, path, -1);
    if (status == ST_OK) {
        *out = file;
    }
    return status;
}

/* --- looking --- */

int nginx_file_next(const struct nginx_file *file, const char *directive, int at) {
    for (size_t i = (size_t)at + 1; i < file->count; i++) {
        if (strcmp(file->lines[i].words[0], directive) == 0) {
            return (int)i;
        }
    }
    return -1;
}

int nginx_file_next_in(const struct nginx_file *file, int block, const char *directive, int at) {
    do {
        at = nginx_file_next(file, directive, at);
    } while (at >= 0 && file->lines[at].parent != block);
    return at;
}

int nginx_file_inherited(const struct nginx_file *file, int block, const char *directive) {
    while (block >= 0 && nginx_file_next_in(file, block, directive, -1) < 0) {
        block = file->lines[block].parent;
    }
    return block;
}

bool nginx_file_within(const struct nginx_file *file, int at, const char *block, int *where) {
    for (int i = file->lines[at].parent; i >= 0; i = file->lines[i].parent) {
        if (strcmp(file->lines[i].words[0], block) == 0) {
            *where = i;
            return true;
        }
    }
    return false;
}
