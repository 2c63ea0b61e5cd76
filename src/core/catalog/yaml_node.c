/* What can be asked of one node, without its document and without the parser. */

#include "core/catalog/yaml_node.h"

bool yaml_is_null(const struct yaml_node *n)
{
    return n->kind == YAML_SCALAR && n->style == YAML_PLAIN &&
           (n->text.len == 0 || gloss_span_equal(n->text, gloss_span_str("~")) ||
            gloss_span_equal(n->text, gloss_span_str("null")));
}

const struct yaml_node *yaml_get(const struct yaml_node *mapping, const char *key)
{
    for (const struct yaml_node *k = mapping->first; k; k = k->next)
        if (k->kind == YAML_SCALAR && gloss_span_equal(k->text, gloss_span_str(key)))
            return k->value;
    return NULL;
}

const char *yaml_kind_name(const struct yaml_node *n)
{
    switch (n->kind) {
    case YAML_MAPPING:
        return "a mapping";
    case YAML_SEQUENCE:
        return "a list";
    default:
        return "text";
    }
}
