#pragma once

/* What can be told from a pattern's spelling. */

#include <gloss/span.h>
#include <stdbool.h>
#include <stddef.h>

/** Whether a pattern asks for a line end by name: "\n", "\R", "\x0a", "\cJ", "\012", a line end
 * itself. Classes that merely hold one ("\s", "[^x]", "[^\n]") do not count, nor does what is
 * quoted by \Q and \E, nor line ends of a pattern that begins with "(?x".
 * *ret_at: the byte of the pattern at which it stands; written only with true. */
bool pattern_lint_line_end(struct gloss_span pattern, size_t *ret_at);

/** The first \K that ends behind byte `from`. *ret_behind: the byte behind it; *ret_depth: how many
 * groups are open there. */
bool pattern_lint_reset(struct gloss_span pattern, size_t from, size_t *ret_behind,
                        size_t *ret_depth);
