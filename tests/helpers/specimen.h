#pragma once

/* Catalogs of every kind that a scanner has to cope with, and logs that are as nasty to them as
 * logs can be. */

#include <gloss/buf.h>
#include <gloss/catalog.h>
#include <stddef.h>
#include <stdint.h>

/** How many specimens there are; the small ones come first. */
#define SPECIMENS 16
#define SPECIMENS_SMALL 13

/** What a specimen is good for, in a word or two. */
const char *specimen_name(size_t i);
/** Its catalogs. Stops the program when one has a mistake. */
struct gloss_catalogs *specimen_catalogs(size_t i);

/** Appends a log of about n bytes, made of its codes, things that are nearly codes, and what may
 * stand beside them. */
void specimen_log(size_t i, const struct gloss_catalogs *set, uint32_t *random, size_t n,
                  struct gloss_buf *out);
