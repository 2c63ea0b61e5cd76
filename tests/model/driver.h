#pragma once

/* What follows the logs of a world: the follower, or the service. */

#include "model/world.h"

/** Each function returns when the act is done. An act that makes no sense now does nothing. */
struct driver {
    void (*start)(void *ctx);
    void (*look)(void *ctx); /* until all that is there is read */
    void (*wait)(void *ctx);
    void (*commit)(void *ctx);
    void (*reload)(void *ctx);
    void (*set_full)(void *ctx, bool full);
    void (*stop)(void *ctx);
    void (*kill)(void *ctx);
    /** What the sink holds. Good until the next call. */
    const char *(*sink)(void *ctx, size_t *ret_n);
};

/** The follower alone, in this process; time is an argument. */
struct inside;
struct inside *inside_new(struct world *w);
void inside_free(struct inside *i);
extern const struct driver inside_driver;

/** The service as a process; GLOSSD_BIN names the program. */
struct outside;
struct outside *outside_new(struct world *w, uint32_t seed);
/** Ends the service, and asks verify whether all agrees. Returns NULL, or what is wrong. */
const char *outside_finish(struct outside *o);
void outside_free(struct outside *o);
extern const struct driver outside_driver;
