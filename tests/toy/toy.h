#pragma once

/* A kind of source and a kind of sink that the program does not have: each is one file here and one
 * row in kinds.c. With them the same program is built once more, as glossd_toy. It works in
 * service, checkpoint, reload, status, state and verify, which proves that a new kind needs no
 * change there. */

#include "app/connectors/sink.h"
#include "app/connectors/source.h"

/** `toy: N`: gives the lines "toy 1 BIZ_NO_MESSAGE" to "toy N BIZ_NO_MESSAGE". A cursor is the
 * number of the last line that was read. */
extern const struct source_kind toy_source_kind;

/** `toy_out: FILE`: appends to a file, whose length is its cursor. While FILE.hold exists, no
 * checkpoint of its group is made. */
extern const struct sink_kind toy_sink_kind;
