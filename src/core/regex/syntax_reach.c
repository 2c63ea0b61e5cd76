/* What a pattern's tree says about how far PCRE2 looks. */

#include "core/base/util.h"
#include "core/regex/syntax.h"

static size_t add_reach(size_t a, size_t b)
{
    return a > SIZE_MAX - b ? SIZE_MAX : a + b;
}

size_t syntax_reach(const struct syntax_node *node)
{
    size_t reach = 0;

    if (node->kind == SYNTAX_UNKNOWN)
        return SIZE_MAX;
    if (node->kind == SYNTAX_BYTE || node->kind == SYNTAX_WORD_EDGE ||
        node->kind == SYNTAX_LINE_END)
        return 1;
    for (const struct syntax_node *n = node->first; n; n = n->next) {
        size_t one = syntax_reach(n);

        reach = node->kind == SYNTAX_CHOICE ? MAX(reach, one) : add_reach(reach, one);
    }
    if (node->kind == SYNTAX_REPEAT && __builtin_mul_overflow(reach, (size_t)node->max, &reach))
        return SIZE_MAX;
    return node->kind == SYNTAX_REPEAT && node->max == SYNTAX_MANY ? SIZE_MAX : reach;
}

size_t syntax_look_reach(const struct syntax_node *node)
{
    size_t reach = node->kind == SYNTAX_LOOK ? syntax_reach(node) : 0;

    for (const struct syntax_node *n = node->first; n; n = n->next)
        reach = MAX(reach, syntax_look_reach(n));
    return reach;
}

bool syntax_resets(const struct syntax_node *node)
{
    bool resets = node->kind == SYNTAX_RESET;

    for (const struct syntax_node *n = node->first; n && !resets; n = n->next)
        resets = syntax_resets(n);
    return resets;
}
