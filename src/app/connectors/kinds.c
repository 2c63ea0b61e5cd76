#include "app/connectors/kinds.h"

#include "app/connectors/file_sink.h"
#include "app/connectors/file_source.h"
#include "app/connectors/journal_sink.h"
#include "app/connectors/journal_source.h"
#include "app/connectors/stream_source.h"
#include "core/base/util.h"

static const struct config_kind *const sources[] = {
    &file_source_kind.config,
    &fifo_source_kind.config,
    &stdin_source_kind.config,
    &journal_source_kind.config,
};

static const struct config_kind *const sinks[] = {
    &file_sink_kind.config,
    &stdout_sink_kind.config,
    &journal_sink_kind.config,
};

const struct config_kinds connector_kinds = {
    .sources = sources,
    .n_sources = ARRAY_SIZE(sources),
    .sinks = sinks,
    .n_sinks = ARRAY_SIZE(sinks),
};
