#include "ctl/manual.h"

#include <string.h>

#include "core/settings.h"
#include "ctl/usage.h"

/* --- troff --- */

/* A dot or an apostrophe would be a request at the start of a line; `-` would become a hyphen. */
static void put_troff(struct output *output, const char *text, size_t len) {
    for (size_t i = 0; i < len; i++) {
        bool starts = i == 0 || text[i - 1] == '\n';
        if (starts && (text[i] == '.' || text[i] == '\'')) {
            output_string(output, "\\&");
        }
        if (text[i] == '\\') {
            output_string(output, "\\e");
        } else if (text[i] == '-') {
            output_string(output, "\\-");
        } else {
            output_text(output, text_span(text + i, 1));
        }
    }
}

static void put_troff_string(struct output *output, const char *text) {
    put_troff(output, text, strlen(text));
}

static void put_troff_paragraphs(struct output *output, const char *text) {
    while (*text != '\0') {
        size_t len = strcspn(text, "\n");
        bool kept = *text == ' ';
        if (len > 0) {
            output_string(output, kept ? ".PP\n.nf\n" : ".PP\n");
            put_troff(output, text, len);
            output_string(output, kept ? "\n.fi\n" : "\n");
        }
        text += len + (text[len] == '\n');
    }
}

static void put_troff_option(struct output *output, const struct option_row *row) {
    output_string(output, ".TP\n\\fB");
    put_troff_string(output, row->name);
    output_string(output, "\\fR");
    if (row->argument != NULL) {
        output_string(output, " \\fI");
        put_troff_string(output, row->argument);
        output_string(output, "\\fR");
    }
    output_string(output, "\n");
    put_troff_string(output, row->help);
    output_string(output, "\n");
}

static void put_troff_command(struct output *output, const struct command *command) {
    struct output line;
    output_init(&line, -1);
    usage_line(&line, command);
    output_string(output, ".SS ");
    put_troff(output, line.buffer.data, line.buffer.len);
    output_string(output, "\n");
    output_done(&line);
    put_troff_paragraphs(output, command->help);
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        put_troff_option(output, row);
    }
}

static void put_troff_config(struct output *output) {
    size_t count;
    const struct config_key *keys = settings_keys(&count);
    output_string(output, ".SH CONFIGURATION\n");
    put_troff_paragraphs(output, usage_config_text);
    for (size_t i = 0; i < count; i++) {
        output_string(output, ".TP\n\\fB");
        put_troff_string(output, keys[i].name);
        output_string(output, "\\fR");
        if (keys[i].fallback != NULL) {
            output_string(output, " = ");
            put_troff_string(output, keys[i].fallback);
        }
        output_string(output, "\n");
        put_troff_string(output, keys[i].help);
        output_string(output, "\n");
    }
}

static void put_troff_exits(struct output *output) {
    output_string(output, ".SH EXIT STATUS\n");
    for (const struct usage_exit *row = usage_exits; row->meaning != NULL; row++) {
        output_printf(output, ".TP\n%d\n", row->code);
        put_troff_string(output, row->meaning);
        output_string(output, "\n");
    }
}

void manual_troff(struct output *output) {
    size_t count;
    const struct command *table = command_table(&count);
    output_string(output, ".TH COUNTERSIGN 1 \"\" \"countersign " COUNTERSIGN_VERSION "\"\n"
                          ".SH NAME\ncountersign \\- petitions from the operator's side\n"
                          ".SH SYNOPSIS\n.B countersign\n[\\fB\\-\\-config\\fR \\fIFILE\\fR] "
                          "\\fICOMMAND\\fR ...\n.SH DESCRIPTION\n");
    put_troff_paragraphs(output, usage_purpose);
    put_troff_paragraphs(output,
                         "Results go to standard output, everything else to standard error. "
                         "A file named - is standard input.");
    output_string(output, ".SH COMMANDS\n");
    for (size_t i = 0; i < count; i++) {
        put_troff_command(output, &table[i]);
    }
    put_troff_config(output);
    put_troff_exits(output);
}

/* --- Markdown --- */

static void put_markdown_command(struct output *output, const struct command *command) {
    output_string(output, "\n## `");
    usage_line(output, command);
    output_string(output, "`\n\n");
    usage_wrap(output, command->help, 0, 100);
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        output_string(output, row == command->options ? "\n" : "");
        output_printf(output, "- `%s%s%s`: %s\n", row->name, row->argument != NULL ? " " : "",
                      row->argument != NULL ? row->argument : "", row->help);
    }
}

void manual_markdown(struct output *output) {
    size_t count, keys_count;
    const struct command *table = command_table(&count);
    const struct config_key *keys = settings_keys(&keys_count);
    output_string(output,
                  "# The command line\n\n<!-- Made by `countersign help --markdown`. -->\n\n"
                  "`countersign [--config FILE] COMMAND ...`\n\n");
    usage_wrap(output, usage_purpose, 0, 100);
    output_string(output,
                  "\nResults go to standard output, everything else to standard error. A file "
                  "named `-` is standard\ninput. Exit:\n\n");
    for (const struct usage_exit *row = usage_exits; row->meaning != NULL; row++) {
        output_printf(output, "- %d: %s\n", row->code, row->meaning);
    }
    for (size_t i = 0; i < count; i++) {
        put_markdown_command(output, &table[i]);
    }
    output_string(output, "\n## Configuration\n\n");
    usage_wrap(output, usage_config_text, 0, 100);
    output_string(output, "\n| name | default | meaning |\n| --- | --- | --- |\n");
    for (size_t i = 0; i < keys_count; i++) {
        output_printf(output, "| `%s` | %s | %s |\n", keys[i].name,
                      keys[i].fallback != NULL ? keys[i].fallback : "", keys[i].help);
    }
}

/* --- completion --- */

static void put_first_words(struct output *output) {
    size_t count;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strcspn(table[i].name, " ");
        bool again = i > 0 && strncmp(table[i - 1].name, table[i].name, len) == 0 &&
                     table[i].name[len] == ' ' && table[i - 1].name[len] == ' ';
        if (!again) {
            output_printf(output, "%s%.*s", i > 0 ? " " : "", (int)len, table[i].name);
        }
    }
}

/* A line a first word, with all the second words behind it. */
static void put_second_words(struct output *output) {
    size_t count, before = 0;
    const struct command *table = command_table(&count);
    for (size_t i = 0; i < count; i++) {
        size_t len = strcspn(table[i].name, " ");
        if (table[i].name[len] == '\0') {
            continue;
        }
        bool again = len == before && strncmp(table[i - 1].name, table[i].name, len) == 0;
        if (!again) {
            output_printf(output, "%s        %.*s) words+='", before > 0 ? "' ;;\n" : "", (int)len,
                          table[i].name);
        }
        output_string(output, table[i].name + len);
        before = len;
    }
    output_string(output, before > 0 ? "' ;;\n" : "");
}

static void put_options(struct output *output, const struct command *command) {
    if (command->options->name == NULL) {
        return;
    }
    output_printf(output, "        '%s%s) words+='", command->name,
                  strchr(command->name, ' ') != NULL ? "'" : " '*");
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        output_printf(output, " %s", row->name);
    }
    output_string(output, "' ;;\n");
}

/* Words behind an option that takes one of a few, such as --format. */
static void put_choice(struct output *output, const struct option_row *row) {
    struct text rest = text_of(row->argument);
    output_printf(output, "        %s) words='", row->name);
    for (bool first = true; rest.data != NULL; first = false) {
        output_string(output, first ? "" : " ");
        output_text(output, text_cut(&rest, '|'));
    }
    output_string(output, "' ;;\n");
}

static void put_choices(struct output *output, const struct command *command) {
    for (const struct option_row *row = command->options; row->name != NULL; row++) {
        if (row->argument != NULL && strchr(row->argument, '|') != NULL) {
            put_choice(output, row);
        }
    }
}

void manual_completion(struct output *output) {
    size_t count;
    const struct command *table = command_table(&count);
    output_string(output,
                  "# bash completion of countersign, made by `countersign help --completion bash`\n"
                  "_countersign() {\n"
                  "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
                  "    local words='' first='' second='' i\n"
                  "    for ((i = 1; i < COMP_CWORD; i++)); do\n"
                  "        case ${COMP_WORDS[i]} in\n"
                  "        --config) ((i++)) ;;\n"
                  "        -*) ;;\n"
                  "        *) if [ -z \"$first\" ]; then first=${COMP_WORDS[i]}\n"
                  "           elif [ -z \"$second\" ]; then second=${COMP_WORDS[i]}; fi ;;\n"
                  "        esac\n"
                  "    done\n"
                  "    if [ -z \"$first\" ]; then\n        words='");
    put_first_words(output);
    output_string(output,
                  " --config'\n    elif [ -z \"$second\" ]; then\n        case $first in\n");
    put_second_words(output);
    output_string(output, "        esac\n    fi\n    case \"$first $second\" in\n");
    for (size_t i = 0; i < count; i++) {
        put_options(output, &table[i]);
    }
    output_string(output, "    esac\n    case $before in\n");
    for (size_t i = 0; i < count; i++) {
        put_choices(output, &table[i]);
    }
    output_string(output, "    esac\n"
                          "    mapfile -t COMPREPLY < <(compgen -W \"$words\" -- \"$word\")\n"
                          "}\n"
                          "complete -o default -F _countersign countersign\n");
}
