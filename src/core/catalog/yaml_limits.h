#pragma once

/* How much YAML is read at all. Each limit is far above what a person writes, and low enough that a
 * hostile file costs neither much memory nor much time. */

#include <stddef.h>

#define YAML_SIZE_MAX ((size_t)64 << 20)  /* bytes of a file */
#define YAML_LINE_MAX ((size_t)64 << 10)  /* bytes of a line, without its end */
#define YAML_SCALAR_MAX ((size_t)1 << 20) /* bytes of one text in the file */
#define YAML_NODES_MAX 1000000            /* keys and values of a document */
#define YAML_DEPTH_MAX 32                 /* mappings and sequences inside each other */
