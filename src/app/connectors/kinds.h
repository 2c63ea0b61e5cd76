#pragma once

/* The kinds of sources and sinks there are. To add one, add its row in kinds.c. */

#include "app/config/config_kind.h"

extern const struct config_kinds connector_kinds;
