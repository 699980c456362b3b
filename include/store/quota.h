/* quota: how many letters a mailbox was granted within a day; here only the sweeping of old rows.
 */
#ifndef STORE_QUOTA_H
#define STORE_QUOTA_H

#include "link/pg.h"

/* Deletes what has expired from the next `blocks` pages of the table. *block: where to begin, 0 at
 * first; gets where to go on, 0 behind the end. Several programs may sweep at once. Statuses as
 * pg_run; *block is untouched unless OK. */
enum status quota_sweep(struct pg *pg, int64_t *block, int blocks, int64_t deadline_ms);

#endif
