#pragma once

/* What the service manager is told: ready, reloading, stopping, a sentence on how it goes, and that
 * the loop still turns. Where there is no manager (NOTIFY_SOCKET is not set) nothing happens.
 *
 * No clock: now_ns is any clock that does not step, the same in every call. What cannot be sent is
 * not an error: a manager that is deaf acts by itself. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define NOTIFY_STATUS_MAX 512

struct notify {
    bool listening;         /* there is a manager */
    uint64_t ping_every_ns; /* half of what the manager waits; 0: it does not */
    uint64_t ping_ns;       /* when the next ping is due */
    uint64_t status_ns;     /* the sentence is not looked at before */
    bool stale;             /* something may have changed since it was looked at */
    char status[NOTIFY_STATUS_MAX];
};

/** Asks the environment. */
void notify_init(struct notify *n);

/** The start, or a reload, is over. */
void notify_ready(struct notify *n);
void notify_reloading(struct notify *n);
/** No sentence is asked for any more. */
void notify_stopping(struct notify *n);

/** The loop has turned once more: a ping when one is due. Returns whether notify_status() should be
 * called with a fresh sentence: at most once a second. */
bool notify_step(struct notify *n, uint64_t now_ns);
/** Sends the sentence when it differs from the last one; one that is too long is cut. */
void notify_status(struct notify *n, uint64_t now_ns, const char *sentence);
/** When notify_step() has to be called again though nothing happens; UINT64_MAX: never. */
uint64_t notify_due_ns(const struct notify *n);
