#pragma once

/* Words that logs of all kinds are full of. */

#include <gloss/span.h>
#include <stdbool.h>

/** Whether a word is one of them; case does not count. A code of that name would be found on lines
 * that have nothing to do with it. */
bool common_words_has(struct gloss_span word);
