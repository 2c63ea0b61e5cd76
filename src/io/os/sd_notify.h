#pragma once

/* Notifies the service manager: that the service is ready, reloads or stops, a sentence about its
 * state, and pings of the watchdog. Without a manager (NOTIFY_SOCKET is not set) nothing is sent.
 *
 * The caller brings the clock: now_ns is of any clock that is never set, the same one in each call.
 * A message that cannot be sent is no error, since the manager acts by itself where it hears
 * nothing. */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SD_NOTIFY_STATUS_MAX 512

struct sd_notify {
    bool has_manager;
    uint64_t ping_every_ns; /* half of the watchdog's time; 0: no watchdog */
    uint64_t ping_ns;       /* when the next ping is due */
    uint64_t status_ns;     /* no new sentence before */
    bool stale;             /* the sentence may have changed since the last sd_notify_status() */
    char status[SD_NOTIFY_STATUS_MAX]; /* the last sentence */
};

/** Learns from the environment whether there is a manager, and a watchdog. */
void sd_notify_init(struct sd_notify *n);

/** The end of the start or of a reload. */
void sd_notify_ready(struct sd_notify *n);
void sd_notify_reloading(struct sd_notify *n);
/** The service stops. Its last sentence is sent with this. */
void sd_notify_stopping(struct sd_notify *n);

/** Sends a ping when one is due. For work that takes long within a round of the loop. */
void sd_notify_ping(struct sd_notify *n, uint64_t now_ns);

/** Called after each round of the loop, and sends a ping when one is due. Returns whether the
 * caller should call sd_notify_status() with a new sentence: true at most once a second. */
bool sd_notify_step(struct sd_notify *n, uint64_t now_ns);
/** Sends the sentence where it differs from the last one; a longer one is cut. */
void sd_notify_status(struct sd_notify *n, uint64_t now_ns, const char *sentence);
/** When sd_notify_step() has to be called though nothing else wakes the loop; UINT64_MAX: never. */
uint64_t sd_notify_due_ns(const struct sd_notify *n);
