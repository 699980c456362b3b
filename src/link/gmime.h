/* gmime: what reading and writing of mail share. */
#ifndef LINK_GMIME_H
#define LINK_GMIME_H

/* Once a process, from any thread, before the first call of GMime. */
void gmime_start(void);

#endif
