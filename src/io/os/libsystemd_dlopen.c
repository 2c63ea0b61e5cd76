/* libsystemd, loaded when one of its functions is called for the first time.
 *
 * libsystemd depends on six more libraries. To load them all takes longer than annotating a few
 * lines, and only the service uses them, so the program is not linked with libsystemd. Functions
 * with the same names stand here instead. Each looks up the library's function at its first call
 * and keeps the address in a static variable: the only variables of this layer outside of a struct,
 * allowed since an address never changes. The headers are libsystemd's, so the compiler checks each
 * declaration.
 *
 * Where the library is not installed, the functions return -ENOSYS. */

#include "core/base/util.h"

#include <dlfcn.h>
#include <systemd/sd-daemon.h>
#include <systemd/sd-id128.h>
#include <systemd/sd-journal.h>
#include <systemd/sd-login.h>

#define LIBRARY "libsystemd.so.0"

#define EACH_FUNCTION(F)                                                                           \
    F(sd_notify, (int unset, const char *state), (unset, state))                                   \
    F(sd_watchdog_enabled, (int unset, uint64_t *usec), (unset, usec))                             \
    F(sd_pid_get_unit, (pid_t pid, char **unit), (pid, unit))                                      \
    F(sd_id128_get_boot, (sd_id128_t * id), (id))                                                  \
    F(sd_id128_get_machine, (sd_id128_t * id), (id))                                               \
    F(sd_journal_open, (sd_journal * *j, int flags), (j, flags))                                   \
    F(sd_journal_open_directory, (sd_journal * *j, const char *path, int flags), (j, path, flags)) \
    F(sd_journal_add_match, (sd_journal * j, const void *data, size_t n), (j, data, n))            \
    F(sd_journal_get_cursor, (sd_journal * j, char **cursor), (j, cursor))                         \
    F(sd_journal_get_cutoff_realtime_usec, (sd_journal * j, uint64_t * from, uint64_t * to),       \
      (j, from, to))                                                                               \
    F(sd_journal_enumerate_available_data, (sd_journal * j, const void **data, size_t *n),         \
      (j, data, n))                                                                                \
    F(sd_journal_get_fd, (sd_journal * j), (j))                                                    \
    F(sd_journal_get_realtime_usec, (sd_journal * j, uint64_t * usec), (j, usec))                  \
    F(sd_journal_get_timeout, (sd_journal * j, uint64_t * usec), (j, usec))                        \
    F(sd_journal_next, (sd_journal * j), (j))                                                      \
    F(sd_journal_previous, (sd_journal * j), (j))                                                  \
    F(sd_journal_process, (sd_journal * j), (j))                                                   \
    F(sd_journal_seek_cursor, (sd_journal * j, const char *cursor), (j, cursor))                   \
    F(sd_journal_seek_head, (sd_journal * j), (j))                                                 \
    F(sd_journal_seek_tail, (sd_journal * j), (j))                                                 \
    F(sd_journal_set_data_threshold, (sd_journal * j, size_t n), (j, n))                           \
    F(sd_journal_test_cursor, (sd_journal * j, const char *cursor), (j, cursor))

/* Looks up a function whose address is not known yet. The address stays NULL where there is no such
 * library or function. The library stays loaded without a handle (RTLD_NODELETE). */
static void find(void *function, const char *name)
{
    void *found, *handle;

    memcpy(&found, function, sizeof(found));
    if (found)
        return;
    handle = dlopen(LIBRARY, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    if (!handle)
        return;
    found = dlsym(handle, name);
    memcpy(function, &found, sizeof(found));
    dlclose(handle);
}

#define AS_FUNCTION(name, parameters, arguments)        \
    int name parameters                                 \
    {                                                   \
        static __typeof__(name) *function;              \
                                                        \
        find(&function, #name);                         \
        return function ? function arguments : -ENOSYS; \
    }

EACH_FUNCTION(AS_FUNCTION)

/* These functions return no int. They are called only after one of the others has succeeded, so the
 * library is there. */

void sd_journal_close(sd_journal *j)
{
    static __typeof__(sd_journal_close) *function;

    find(&function, "sd_journal_close");
    if (function)
        function(j);
}

void sd_journal_restart_data(sd_journal *j)
{
    static __typeof__(sd_journal_restart_data) *function;

    find(&function, "sd_journal_restart_data");
    if (function)
        function(j);
}

char *sd_id128_to_string(sd_id128_t id, char text[static SD_ID128_STRING_MAX])
{
    static __typeof__(sd_id128_to_string) *function;

    find(&function, "sd_id128_to_string");
    text[0] = '\0';
    return function ? function(id, text) : text;
}
