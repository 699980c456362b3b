/* number: a path of one's own among processes of one kind.
 *
 * Workers that are started from one configuration, as many as somebody likes, must not have one
 * socket. `/run/countersign/countersignd.*.sock` stands for the lowest number from 1 that no living
 * process has. It is held by a lock on the file PATH.lock, which the kernel gives back however the
 * process ends, in containers that share the folder too; so others see by that lock whether the
 * path is somebody's. */
#ifndef LINK_NUMBER_H
#define LINK_NUMBER_H

#include <stddef.h>

#include "base/status.h"

enum { NUMBER_MOST = 64, NUMBER_PATH_SIZE = 108 };

struct number {
    int value; /* 0: the pattern has no `*`, and `path` is what it says */
    int fd;    /* of the lock, -1: none */
    char path[NUMBER_PATH_SIZE];
};

/* INVALID: the path is too long or has more than one `*`; BUSY: all numbers are taken; FAULT: the
 * folder does not let us. `why` (>= 128 bytes) gets a line for people. */
enum status number_take(const char *pattern, struct number *out, char *why, size_t why_size);
/* Gives the number back; the lock's file stays, since another may be about to lock it. */
void number_done(struct number *number);

#endif
