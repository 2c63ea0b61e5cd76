#pragma once

/* The catalog that is compiled in, so that the program needs no file to run. The build makes a C
 * file of the bytes of conf/catalogs/aliyun-mqtt.yaml (builtin.cmake). */

#include <stddef.h>

/** The YAML text, and its length without the NUL that follows its last byte. */
extern const char builtin_catalog[];
extern const size_t builtin_catalog_length;

/** The name of the file, without its folder and ending. */
extern const char builtin_catalog_name[];
