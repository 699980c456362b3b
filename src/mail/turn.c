#include "mail/turn.h"

bool turn_is_list(const struct outbox_letter *letter) {
    return letter->kind == OUTBOX_LIST;
}

int turn_most(const struct outbox_letter *letter, int most) {
    int spare = most > 4 ? most / 4 : 1;
    return turn_is_list(letter) && most > 1 ? most - spare : most;
}

struct domains_limit turn_limit(const struct outbox_letter *letter,
                                const struct settings *settings) {
    return (struct domains_limit){turn_most(letter, (int)settings->mail_per_domain),
                                  turn_is_list(letter) ? (int)settings->mail_list_per_minute : 0};
}

void turn_add(struct outbox_letter **line, struct outbox_letter *letter) {
    while (*line && (turn_is_list(letter) || !turn_is_list(*line)))
        line = (struct outbox_letter **)&(*line)->node.next;
    letter->node.next = *line ? &(*line)->node : NULL;
    *line = letter;
}
