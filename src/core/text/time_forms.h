#pragma once

/* The forms of the times of lines: one table, from which the manual's list is made as well. */

#include <stddef.h>
#include <stdint.h>

/** Where in a line a form is looked for. */
enum form_place {
    FORM_DATE, /* at the beginning, behind brackets, levels and the like; and as a value of a key */
    FORM_LEAD, /* at the beginning, with a lead of its own */
    FORM_LAST, /* where no other form is there */
    FORM_NONE, /* at the beginning: something like a time that is none */
    FORM_PLACES,
};

struct time_form {
    /* What the line begins with, so that few forms are tried: `digits` digits, and then the byte
     * `next` (0: any). 0 digits: `next` is the first byte. 2 stands for 1 or 2 digits, ANY for any
     * number of them. */
    uint8_t digits;
    char next;
    uint8_t place;       /* enum form_place */
    const char *form;    /* see civil_time.h */
    const char *writer;  /* who writes it; NULL: as the row before */
    const char *example; /* a time of it: 2024-03-05 10:00:01 */
};

#define FORM_ANY_DIGITS 255
/* Values of `next` that stand for a word: the name of a month, of a weekday; one capital letter of
 * a severity, with a digit behind it. */
#define FORM_BY_MONTH '\1'
#define FORM_BY_WEEKDAY '\2'
#define FORM_BY_SEVERITY '\3'

extern const struct time_form time_forms[];
extern const size_t time_n_forms;
