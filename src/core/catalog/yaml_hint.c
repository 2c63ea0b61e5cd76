/* libfyaml says which rule of YAML was broken. People who write a catalog need not know the rules;
 * a hint says what to change. A message is recognised by how it begins, since what follows may be a
 * letter of the text. A message that is not in the table is shown without a hint. */

#include "core/catalog/yaml_hint.h"

#include "core/base/util.h"

#include <string.h>

static const struct {
    const char *prefix, *hint;
} hints[] = {
    {"invalid nested block mapping", "quote a text that holds ': '"},
    {"invalid trailing content after single-quoted", "within single quotes write '' for a quote"},
    {"invalid trailing content after double-quoted", "quote all of the text"},
    {"invalid escape", "within single quotes a backslash is a backslash"},
    {"plain scalar cannot start with", "quote the text"},
    {"did not find expected node content", "quote the text"},
    {"invalid mapping key", "quote a text that begins with '? '"},
    {"block sequence on the same line", "quote a text that begins with '- '"},
    {"block scalar no linebreak", "quote a text that begins with '|' or '>'"},
    {"invalid multiline plain key",
     "write 'key: text', and begin keys of one level in the same column"},
    {"invalid indentation", "begin keys of one level in the same column"},
    {"tab character", "use blanks"},
    {"wrongly indented single-quoted", "is its closing quote missing?"},
    {"wrongly indented double-quoted", "is its closing quote missing?"},
    {"missing comma in flow", "is a closing bracket missing?"},
};

const char *yaml_hint(const char *message)
{
    for (size_t i = 0; i < ARRAY_SIZE(hints); i++)
        if (strncmp(message, hints[i].prefix, strlen(hints[i].prefix)) == 0)
            return hints[i].hint;
    return NULL;
}
