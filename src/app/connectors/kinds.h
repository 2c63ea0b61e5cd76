#pragma once

/* The kinds of sources and sinks there are. A further one is one row here. */

#include "app/config/config_kind.h"

extern const struct config_kinds connector_kinds;
