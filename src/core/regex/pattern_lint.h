#pragma once

/* What the text of a pattern tells that PCRE2 does not. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** Whether a pattern names a line end: "\n", "\R", "\x0a", "\cJ", "\012", or a line end itself. A
 * class that merely contains a line end ("\s", "[^x]", "[^\n]") does not name it. What stands
 * between \Q and \E does not count, nor do line ends in a pattern that begins with the option x,
 * "(?x".
 *
 * @ret_at  the offset of the first one; written only with true. */
bool pattern_lint_line_end(struct gloss_span pattern, size_t *ret_at);

/** Finds the first \K of a pattern that ends behind the offset `from`.
 *
 * @ret_behind  the offset behind it.
 * @ret_depth   how many groups are open there.
 *
 * Returns whether there is one; the results are written only with true. */
bool pattern_lint_reset(struct gloss_span pattern, size_t from, size_t *ret_behind,
                        size_t *ret_depth);
