#pragma once

/* A place of the follower, or of a sink, as the state keeps it, and back: the rooms know nothing of
 * each other. */

#include "io/follow.h"
#include "io/outlet.h"
#include "io/store.h"

/** The row of a place. source and the place's path are borrowed, as long as the row. */
static inline struct store_file place_to_row(const char *source, const struct follow_place *p)
{
    return (struct store_file){
        .source = source,
        .path = p->path,
        .serial = p->serial,
        .dev = p->dev,
        .ino = p->ino,
        .offset = p->offset,
        .lines = p->lines,
        .head = {.len = p->head.len, .hash = p->head.hash},
        .mark = {.len = p->mark.len, .hash = p->mark.hash},
        .seen_ns = p->seen_ns,
        .met_ns = p->met_ns,
        .done = p->done,
    };
}

/** The place of a row, whose path is borrowed. */
static inline struct follow_place place_of_row(const struct store_file *row)
{
    return (struct follow_place){
        .path = row->path,
        .serial = row->serial,
        .dev = row->dev,
        .ino = row->ino,
        .offset = row->offset,
        .lines = row->lines,
        .head = {.len = row->head.len, .hash = row->head.hash},
        .mark = {.len = row->mark.len, .hash = row->mark.hash},
        .seen_ns = row->seen_ns,
        .met_ns = row->met_ns,
        .done = row->done,
    };
}

/** The row of a sink's place. path is borrowed, as long as the row. */
static inline struct store_sink place_to_sink_row(const char *path, const struct outlet_place *p)
{
    return (struct store_sink){
        .path = path,
        .dev = p->dev,
        .ino = p->ino,
        .length = p->length,
        .mark = {.len = p->mark.len, .hash = p->mark.hash},
    };
}

/** The place of a sink's row. */
static inline struct outlet_place place_of_sink_row(const struct store_sink *row)
{
    return (struct outlet_place){
        .dev = row->dev,
        .ino = row->ino,
        .length = row->length,
        .mark = {.len = row->mark.len, .hash = row->mark.hash},
    };
}
