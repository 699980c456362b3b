/* envelope: what is sealed, as bytes, before sealing and after opening.
 *
 * Fields as tag (1), length (2, big endian), bytes; then padded (ISO 7816-4) to a size class of
 * 256, 1024, 4096 or 16384 bytes, so that the length tells nothing of ordinary people. Two kinds:
 * the organiser's (on the signature's row) and the mailer's (on the letter's). */
#ifndef CORE_ENVELOPE_H
#define CORE_ENVELOPE_H

#include <stdint.h>

#include "base/status.h"
#include "base/text.h"

enum { ENVELOPE_MAX = 16384 };

/* The organiser's copy. Absent texts are not written. */
struct signer {
    struct text email, given_name, family_name, country, region, locality, postal_code, comment;
    struct text source, referrer, locale;
    bool show_name, subscribe;
    int64_t text_version;
};

/* The mailer's copy. `own_key`: what opens the own row, for the link to the signer's page, in
 * base64url. A subscriber's is the same without token and key. */
struct recipient {
    struct text email, given_name, family_name, token, locale, own_key;
    int64_t wording; /* of the news that were asked for with it; 0: none */
};

/* Writes at most ENVELOPE_MAX padded bytes; *len gets the size class. INVALID: it does not fit.
 * `out` is a secret: wipe it. */
enum status envelope_put_signer(const struct signer *signer, uint8_t *out, size_t *len);
enum status envelope_put_recipient(const struct recipient *recipient, uint8_t *out, size_t *len);
/* Views into `data`. INVALID: not an envelope. Unknown tags are skipped, so that an older program
 * reads a newer row. */
enum status envelope_get_signer(const uint8_t *data, size_t len, struct signer *out);
enum status envelope_get_recipient(const uint8_t *data, size_t len, struct recipient *out);

#endif
