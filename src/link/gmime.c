#include "gmime.h"

#include <gmime/gmime.h>
#include <pthread.h>

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void start(void) {
    g_mime_init();
}

void gmime_start(void) {
    pthread_once(&once, start);
}
