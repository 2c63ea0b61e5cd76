#pragma once

/* A kind of source and a kind of sink that the product does not have: each is one file here and one
 * row in kinds.c. With them the same program is built once more, glossd_toy; that it works in
 * service, checkpoint, reload, status, state and verify is the proof that a further kind touches
 * none of these. */

#include "app/connectors/sink.h"
#include "app/connectors/source.h"

/** `toy: N`: gives the lines "toy 1 BIZ_NO_MESSAGE" to "toy N BIZ_NO_MESSAGE", and can go on behind
 * any of them. */
extern const struct source_kind toy_source_kind;

/** `toy_out: FILE`: appends to a file, whose length is its cursor. While FILE.hold exists, no
 * checkpoint of its group is made. */
extern const struct sink_kind toy_sink_kind;
