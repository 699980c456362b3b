#include "ctl/usage.h"

#include <string.h>

#include "core/settings.h"

enum { WIDTH = 78, SUMMARY_COLUMN = 24, OPTION_COLUMN = 26 };

const char usage_purpose[] =
    "Petitions from the operator's side: makes them, counts them, checks that the count is true, "
    "and gives their signers to whoever holds the key.";

const char usage_config_text[] =
    "One file of `name = value` lines; a line that starts with # is a comment. Every name may be "
    "overridden by the environment: COUNTERSIGN_ and the name in upper case. Names that end in "
    "_file hold paths; secrets stand in those files and never in an argument. Without --config the "
    "file is $COUNTERSIGN_CONFIG, else /etc/countersign/countersign.conf; if that is not there, "
    "the environment alone counts.";

const struct usage_exit usage_exits[] = {
    {0, "done"},
    {1, "the answer is no: a difference was found, or something is not there"},
    {2, "wrong use or configuration"},
    {3, "a service is away (PostgreSQL, Redis), or standard output cannot be written"},
    {0, NULL}};

/* --- wrapping --- */

static void put_spaces(struct output *output, size_t n) {
    output_printf(output, "%*s", (int)n, "");
}

/* One paragraph line of the text, up to its '\n'. */
static void wrap_line(struct output *output, const char *line, size_t len, size_t indent,
                      size_t width) {
    size_t column = 0;
    for (size_t i = 0; i < len;) {
        size_t word = strcspn(line + i, " \n");
        word = word > len - i ? len - i : word;
        if (column > 0 && indent + column + 1 + word > width) {
            output_string(output, "\n");
            column = 0;
        }
        if (column == 0) {
            put_spaces(output, indent);
        } else {
            output_string(output, " ");
            column++;
        }
        output_text(output, text_span(line + i, word));
        column += word;
        i += word;
        while (i < len && line[i] == ' ') {
            i++;
        }
    }
    output_string(output, "\n");
}

void usage_wrap(struct output *output, const char *text, size_t indent, size_t width) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        if (*text == ' ') {
            put_spaces(output, indent);
            output_text(output, text_span(text, len));
            output_string(output, "\n");
        } else {
            wrap_line(output, text, len, indent, width);
        }
        text += len + (text[len] == '\n');
    }
}

/* `left` in its column, then the text behind it. */
static void put_pair(struct output *output, const char *left, const char *text, size_t column) {
    struct output right;
    output_init(&right, -1);
    usage_wrap(&right, text, column, WIDTH);
    struct text wrapped = buffer_text(&right.buffer);
    if (strlen(left) + 4 > column) {
        output_printf(output, "  %s\n", left);
        output_text(output, wrapped);
    } else if (wrapped.len > column) {
        output_printf(output, "  %-*s", (int)column - 2, left);
        output_text(output, text_span(wrapped.data + column, wrapped.len - column));
    }
    output_done(&right);
}

/* --- pages --- */

static void option_text(struct buffer *out, const struct option_row *row) {
    buffer_add_string(out, row->name);
    if (row->argument != NULL) {
        buffer_printf(out, " %s", row->argument);
    }
}

void usage_line(struct output *output, const struct command *command) {
    output_string(output, command->name);
    if (*command->arguments != '\0') {
        output_printf(output, " %s", command->arguments);
    }
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        output_string(output, row->required ? " " : " [");
        output_string(output, row->name);
        if (row->argument != NULL) {
            output_printf(output, " %s", row->argument);
        }
        output_string(output, row->required ? "" : "]");
    }
}

static void put_commands(struct output *output, const char *group) {
    size_t count, len = group != NULL ? strlen(group) : 0;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        if (group == NULL ||
            (strncmp(table[i].name, group, len) == 0 && table[i].name[len] == ' ')) {
            put_pair(output, table[i].name, table[i].summary, SUMMARY_COLUMN);
        }
    }
}

static void put_exits(struct output *output) {
    output_string(output, "\nExit:\n");
    for (const struct usage_exit *row = usage_exits; row->meaning != NULL; row++) {
        output_printf(output, "  %d  %s\n", row->code, row->meaning);
    }
}

void usage_overview(struct output *output) {
    output_string(output, "countersign [--config FILE] COMMAND ...\n\n");
    usage_wrap(output, usage_purpose, 0, WIDTH);
    output_string(output, "\nCommands:\n");
    put_commands(output, NULL);
    output_string(output, "\n`countersign help COMMAND` tells more, `countersign help config` "
                          "lists the configuration.\n");
    put_exits(output);
}

void usage_group(struct output *output, const char *word) {
    output_printf(output, "countersign %s ...\n\n", word);
    put_commands(output, word);
}

void usage_command(struct output *output, const struct command *command) {
    output_string(output, "countersign ");
    usage_line(output, command);
    output_string(output, "\n\n");
    usage_wrap(output, command->help, 0, WIDTH);
    if (command->options->name == NULL) {
        return;
    }
    output_string(output, "\nOptions:\n");
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        struct buffer left;
        buffer_init(&left, 256);
        option_text(&left, row);
        put_pair(output, left.failed ? row->name : left.data, row->help, OPTION_COLUMN);
        buffer_done(&left);
    }
}

void usage_config(struct output *output) {
    size_t count;
    const struct config_key *keys = settings_keys(&count);
    usage_wrap(output, usage_config_text, 0, WIDTH);
    output_string(output, "\n");
    for (size_t i = 0; i < count; i++) {
        struct buffer left;
        buffer_init(&left, 256);
        buffer_add_string(&left, keys[i].name);
        if (keys[i].fallback != NULL) {
            buffer_printf(&left, " = %s", keys[i].fallback);
        }
        put_pair(output, left.failed ? keys[i].name : left.data, keys[i].help, 34);
        buffer_done(&left);
    }
}
