/* export_row: one opened signature as a line of CSV or JSON; the columns are one table. */
#ifndef CTL_EXPORT_ROW_H
#define CTL_EXPORT_ROW_H

#include "base/arena.h"
#include "core/envelope.h"
#include "store/signers.h"

/* The header line of CSV. */
void export_row_header(struct buffer *out);
void export_row_csv(const struct signers_row *row, const struct signer *signer, struct buffer *out);
/* Memory comes from the arena; reset it between rows. False: out of memory. */
bool export_row_json(const struct signers_row *row, const struct signer *signer,
                     struct arena *arena, struct buffer *out);

#endif
