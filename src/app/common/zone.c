/* localtime_r(3) takes a while, and looks at /etc/localtime again and again, so it is asked for a
 * quarter of a day and the answer is kept: no zone changes its clocks twice within one. Where the
 * offsets at both ends of a quarter differ, the moment of the change is found by halving.
 *
 * Another zone than that of the machine is reached by setting TZ for the call. The program has no
 * other thread that looks at the environment or at local times. */

#include "app/common/zone.h"

#include "core/base/util.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define QUARTER_S 21600

/* ---- the system ---- */

/* Sets TZ, or removes it. */
static void set_tz(const char *tz)
{
    if (tz)
        setenv("TZ", tz, /* overwrite= */ 1);
    else
        unsetenv("TZ");
    tzset();
}

static int system_offset(int64_t utc_s, char *name, size_t size)
{
    time_t t = (time_t)utc_s;
    struct tm tm;

    if (!localtime_r(&t, &tm))
        return 0;
    if (name)
        snprintf(name, size, "%s", tm.tm_zone);
    return (int)tm.tm_gmtoff;
}

/* ---- spans ---- */

/* The first second from `from` on at which the offset is that of `until`, which differs. */
static int64_t change_between(int64_t from, int64_t until)
{
    int before = system_offset(from, NULL, 0);

    while (until - from > 1) {
        int64_t middle = from + (until - from) / 2;

        if (system_offset(middle, NULL, 0) == before)
            from = middle;
        else
            until = middle;
    }
    return until;
}

/* Fills in the part of a quarter of a day that has that moment. */
static void look(struct zone_span *s, int64_t utc_s)
{
    int64_t change;

    s->from_s = utc_s - ((utc_s % QUARTER_S) + QUARTER_S) % QUARTER_S;
    s->until_s = s->from_s + QUARTER_S;
    if (system_offset(s->from_s, NULL, 0) != system_offset(s->until_s - 1, NULL, 0)) {
        change = change_between(s->from_s, s->until_s - 1);
        if (utc_s < change)
            s->until_s = change;
        else
            s->from_s = change;
    }
    s->offset_s = system_offset(utc_s, s->name, sizeof(s->name));
}

static void look_in_zone(const struct zone *z, struct zone_span *s, int64_t utc_s)
{
    const char *machine = getenv("TZ");
    CLEANUP(freep) char *kept = z->tz && machine ? strdup(machine) : NULL;

    if (z->tz)
        set_tz(z->tz);
    look(s, utc_s);
    if (z->tz)
        set_tz(kept);
}

static bool has(const struct zone_span *s, int64_t utc_s)
{
    return utc_s >= s->from_s && utc_s < s->until_s;
}

static int offset_s(void *ctx, int64_t utc_s, const char **ret_name)
{
    struct zone *z = ctx;

    if (!has(z->last, utc_s)) {
        uint64_t quarter = (uint64_t)(utc_s / QUARTER_S);

        z->last = &z->spans[quarter % ARRAY_SIZE(z->spans)];
        if (!has(z->last, utc_s))
            look_in_zone(z, z->last, utc_s);
    }
    if (ret_name)
        *ret_name = z->last->name;
    return z->last->offset_s;
}

/* ---- zones ---- */

void zone_init(struct zone *z, const char *name)
{
    *z = (struct zone){.base = {.offset_s = offset_s, .ctx = z, .name = name}, .tz = name};
    z->last = z->spans;
}

/* The C library takes a name that it does not know for UTC. */
bool zone_exists(const char *name)
{
    const char *folder = getenv("TZDIR");
    char path[512];
    int n;

    if (STREQ(name, "UTC"))
        return true;
    if (*name == '\0' || *name == '/' || *name == '.' || strstr(name, ".."))
        return false;
    n = snprintf(path, sizeof(path), "%s/%s", folder ? folder : "/usr/share/zoneinfo", name);
    return n > 0 && n < (int)sizeof(path) && access(path, R_OK) == 0;
}
