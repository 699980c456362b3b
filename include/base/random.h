/* random: where libsodium's random bytes come from.
 *
 * A signature needs them three times. The kernel's generator costs a system call each time, and
 * libsodium's own one too: it asks for the process's number, so as never to give two processes the
 * same bytes. Here each thread draws 2 KiB at a time from libsodium's own, hands them out and wipes
 * what it has handed out. A process that was forked starts anew. */
#ifndef BASE_RANDOM_H
#define BASE_RANDOM_H

#include "base/status.h"

/* Once a process, before sodium_init; secret_start calls it. FAULT: libsodium or the C library
 * refused. */
enum status random_start(void);

#endif
