#pragma once

/* What every subcommand understands, and what is left of its words. */

#include <stddef.h>

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/** --help and --version are understood everywhere, too, but they need no place. */
struct common_options {
    const char **catalogs; /* as given; the array is owned, the words are argv's */
    size_t n_catalogs;     /* 0: the one built in */
    enum color_choice color;
};

/** What is left when the options are taken out. Points into argv. */
struct words {
    char **items;
    size_t n;
};
