/* settings_check: whether the value of a name has its shape. Each is NULL when it has, else what it
 * must be: "a path". */
#ifndef CORE_SETTINGS_CHECK_H
#define CORE_SETTINGS_CHECK_H

#include "base/text.h"

const char *settings_check_path(struct text value);
const char *settings_check_socket(struct text value);
const char *settings_check_listen(struct text value);
const char *settings_check_redis(struct text value);
const char *settings_check_base_url(struct text value);
const char *settings_check_server(struct text value);
const char *settings_check_tls(struct text value);
const char *settings_check_host(struct text value);
const char *settings_check_address(struct text value);
const char *settings_check_origins(struct text value);

#endif
