/* This list takes the place of the program's own: its kinds of files, and the two toy kinds. */

#include "app/connectors/kinds.h"

#include "app/connectors/file_sink.h"
#include "app/connectors/file_source.h"
#include "core/base/util.h"
#include "toy/toy.h"

static const struct config_kind *const sources[] = {
    &file_source_kind.config,
    &toy_source_kind.config,
};

static const struct config_kind *const sinks[] = {
    &file_sink_kind.config,
    &toy_sink_kind.config,
};

const struct config_kinds connector_kinds = {
    .sources = sources,
    .n_sources = ARRAY_SIZE(sources),
    .sinks = sinks,
    .n_sinks = ARRAY_SIZE(sinks),
};
