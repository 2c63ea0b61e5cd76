#pragma once

/* What the service manager is told: ready, reloading, stopping, a sentence on how it goes, and that
 * the loop still turns. Where there is no manager (SD_NOTIFY_SOCKET is not set) nothing happens.
 *
 * No clock: now_ns is any clock that does not step, the same in every call. What cannot be sent is
 * not an error: a manager that is deaf acts by itself. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SD_NOTIFY_STATUS_MAX 512

struct sd_notify {
    bool listening;         /* there is a manager */
    uint64_t ping_every_ns; /* half of what the manager waits; 0: it does not */
    uint64_t ping_ns;       /* when the next ping is due */
    uint64_t status_ns;     /* the sentence is not looked at before */
    bool stale;             /* something may have changed since it was looked at */
    char status[SD_NOTIFY_STATUS_MAX];
};

/** Asks the environment. */
void sd_notify_init(struct sd_notify *n);

/** The start, or a reload, is over. */
void sd_notify_ready(struct sd_notify *n);
void sd_notify_reloading(struct sd_notify *n);
/** No sentence is asked for any more. */
void sd_notify_stopping(struct sd_notify *n);

/** The loop has turned once more: a ping when one is due. Returns whether sd_notify_status() should
 * be called with a fresh sentence: at most once a second. */
bool sd_notify_step(struct sd_notify *n, uint64_t now_ns);
/** Sends the sentence when it differs from the last one; one that is too long is cut. */
void sd_notify_status(struct sd_notify *n, uint64_t now_ns, const char *sentence);
/** When sd_notify_step() has to be called again though nothing happens; UINT64_MAX: never. */
uint64_t sd_notify_due_ns(const struct sd_notify *n);
