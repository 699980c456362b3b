/* doctor_tls: the certificates that nginx shows to those who call this site. */
#ifndef CTL_DOCTOR_TLS_H
#define CTL_DOCTOR_TLS_H

#include "ctl/doctor.h"
#include "ctl/nginx_file.h"

/* `server`: the line of the block that serves `host`. Where it names none, those above it hold. */
void doctor_tls(struct doctor *doctor, const struct nginx_file *file, int server, const char *host);

#endif
