#pragma once

/* The catalog that is compiled in, so that the filter needs no file at all: the bytes of
 * conf/catalogs/aliyun-mqtt.yaml, made into a C file by the build. */

#include <stddef.h>

/** The YAML text; one NUL follows its last byte, which the length does not count. */
extern const char builtin_catalog[];
extern const size_t builtin_catalog_length;

/** The file's name without folder and ending, for messages. */
extern const char builtin_catalog_name[];
