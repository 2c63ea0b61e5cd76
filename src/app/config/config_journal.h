#pragma once

/* Which entries of the journal a source reads, by the text of the configuration alone. */

#include "app/config/config_draft.h"
#include "app/config/config_table.h"

#include <stdbool.h>

/** Whether a text is the whole name of a unit, such as app.service; says why not. */
bool config_is_unit(const struct config_reading *r, const struct yaml_node *n);

/** Whether a text is FIELD=VALUE, of a field that the journal can have; says why not. */
bool config_is_match(const struct config_reading *r, const struct yaml_node *n);

/** Fills the source in that is a journal, and says where its units and matches do not fit. */
void config_journal_complete(const struct config_reading *r, struct config_source_draft *s);
