/* mailing_say: what commands say of a letter to the list. */
#ifndef CTL_MAILING_SAY_H
#define CTL_MAILING_SAY_H

#include "ctl/context.h"
#include "store/mailings.h"

enum outcome mailing_say_none(const char *name);
/* Its name, and the state that it has now. */
enum outcome mailing_say_state(struct context *context, const char *name,
                               const struct mailings_state *state);

#endif
