#pragma once

/* Words that every log is full of. */

#include <gloss/span.h>
#include <stdbool.h>

/** Whether a code of that name would be found on lines that have nothing to do with it. Case does
 * not count. */
bool common_words_has(struct gloss_span word);
