/* What stays loaded needs no handle. */

#include "core/base/util.h"
#include "io/files/decompress_codec.h"

#include <dlfcn.h>
#include <stdbool.h>

int decompress_load(const char *library, const struct decompress_function *functions, size_t n,
                    void *ret_addresses)
{
    void *handle = dlopen(library, RTLD_LAZY | RTLD_LOCAL | RTLD_NODELETE);
    bool whole = handle != NULL;

    for (size_t i = 0; i < n && whole; i++) {
        void *address = dlsym(handle, functions[i].name);

        memcpy((char *)ret_addresses + functions[i].offset, &address, sizeof(address));
        whole = address != NULL;
    }
    if (handle)
        dlclose(handle);
    return whole ? 0 : -ELIBACC;
}
