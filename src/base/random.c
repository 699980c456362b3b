#include "base/random.h"

#include <pthread.h>
#include <sodium.h>
#include <stdbool.h>
#include <string.h>

enum { POOL = 2048 };

/* What is left lies at the end. */
struct pool {
    size_t left;
    unsigned char bytes[POOL];
};

static _Thread_local struct pool pool;

static void fill(void *out, size_t size) {
    randombytes_internal_implementation.buf(out, size);
}

static void random_buf(void *const out, const size_t size) {
    if (size > POOL / 4) {
        fill(out, size);
        return;
    }
    if (pool.left < size) {
        fill(pool.bytes, sizeof pool.bytes);
        pool.left = sizeof pool.bytes;
    }
    unsigned char *from = pool.bytes + sizeof pool.bytes - pool.left;
    memcpy(out, from, size);
    sodium_memzero(from, size);
    pool.left -= size;
}

static uint32_t random_u32(void) {
    uint32_t value;
    random_buf(&value, sizeof value);
    return value;
}

static const char *random_name(void) {
    return "pool";
}

static void random_stir(void) {
    randombytes_internal_implementation.stir();
}

/* What lies in the pool is also in the process that was forked off. */
static void forget(void) {
    sodium_memzero(&pool, sizeof pool);
}

enum status random_start(void) {
    static struct randombytes_implementation implementation;
    static bool started;
    if (!started && pthread_atfork(NULL, NULL, forget) != 0) {
        return ST_FAULT;
    }
    started = true;
    implementation = (struct randombytes_implementation){.implementation_name = random_name,
                                                         .random = random_u32,
                                                         .stir = random_stir,
                                                         .buf = random_buf};
    return randombytes_set_implementation(&implementation) == 0 ? ST_OK : ST_FAULT;
}
