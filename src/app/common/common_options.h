#pragma once

/* The options that every subcommand has, and the words that are no options. */

#include <stddef.h>

enum color_choice { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

/** Without --help and --version, which are answered at once. */
struct common_options {
    const char **catalogs; /* the values of --catalog; the array is owned, the words are argv's */
    size_t n_catalogs;     /* 0: the built-in catalog is used */
    enum color_choice color;
};

/** The words of a command line that are no options. Points into argv. */
struct words {
    char **items;
    size_t n;
};
