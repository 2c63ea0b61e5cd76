#pragma once

/* Output against a file that a person has read: tests/data/golden/NAME. */

#include <gloss/span.h>

/** Expects the text to be the file's, byte for byte, and shows the first line that differs. With
 * GOLDEN_WRITE=1 in the environment the file is written instead and the test fails, so that this
 * cannot stay unnoticed. */
void golden_expect(const char *name, struct gloss_span text);
