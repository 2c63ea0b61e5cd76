#pragma once

/* Names of units and fields of the journal, checked by their text alone. */

#include "app/config/config_reading.h"

#include <stdbool.h>

/** Whether a text is the whole name of a unit, such as app.service; reports it when it is not. */
bool config_is_unit(const struct config_reading *r, const struct yaml_node *n);

/** Whether a text is FIELD=VALUE, of a field that the journal can have; reports it when it is not.
 */
bool config_is_match(const struct config_reading *r, const struct yaml_node *n);
