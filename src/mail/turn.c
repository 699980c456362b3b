#include "mail/turn.h"

#include <limits.h>

bool turn_is_list(const struct outbox_letter *letter) {
    return letter->kind == OUTBOX_LIST;
}

int turn_most(const struct outbox_letter *letter, int most) {
    int spare = most > 4 ? most / 4 : 1;
    return turn_is_list(letter) && most > 1 ? most - spare : most;
}

int turn_to_domain(const struct outbox_letter *letter, const struct settings *settings) {
    return turn_most(letter, (int)settings->mail_per_domain);
}

int turn_in_hand(const struct outbox_letter *letter, const struct settings *settings) {
    return turn_is_list(letter) ? 2 * turn_to_domain(letter, settings) : INT_MAX;
}

void turn_add(struct outbox_letter **line, struct outbox_letter *letter) {
    while (*line && (turn_is_list(letter) || !turn_is_list(*line)))
        line = (struct outbox_letter **)&(*line)->node.next;
    letter->node.next = *line ? &(*line)->node : NULL;
    *line = letter;
}
