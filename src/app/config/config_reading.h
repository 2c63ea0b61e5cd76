#pragma once

/* One reading of a configuration file: what all readers of values share. */

#include "core/base/arena.h"
#include "core/catalog/yaml.h"

#include <gloss/diag.h>
#include <stdbool.h>

struct config_kinds;

struct config_reading {
    struct yaml *y;
    struct gloss_diags *diags;
    struct arena *arena;              /* holds all that the configuration owns */
    bool no_memory;                   /* set when memory ran out; asked for once, at the end */
    const struct config_kinds *kinds; /* borrowed */
};

#define CONFIG_SHOWN_MAX 64 /* bytes of a wrong value that a message shows */
