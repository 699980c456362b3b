/* faults: what is wrong with a file of JSON, for people. */
#ifndef CTL_FAULTS_H
#define CTL_FAULTS_H

#include "core/problem.h"

/* A line each on stderr: `NAME: /pointer: what is wrong`, or where it is no JSON. */
void faults_say(const char *name, struct text file, const struct problems *problems);

#endif
