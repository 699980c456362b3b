/* loop: a library to preload in which a form that holds the word "endless" is never read to its
 * end. */
#include <dlfcn.h>
#include <jansson.h>
#include <string.h>

json_t *json_loadb(const char *data, size_t len, size_t flags, json_error_t *error) {
    static json_t *(*real)(const char *, size_t, size_t, json_error_t *);
    static volatile int more = 1;
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "json_loadb");
    while (memmem(data, len, "endless", 7) && more) {
    }
    return real(data, len, flags, error);
}
