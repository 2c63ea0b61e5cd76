#pragma once

/* A terminal that shows one text, drawn again and again in the same place. */

#include <gloss/span.h>
#include <stdbool.h>

struct screen {
    int fd;
    bool on;
};

/** Scrolls the old text of the terminal away to make room, and hides the cursor. When the
 * descriptor is no terminal that can be drawn on, it does nothing, and on stays false. */
void screen_open(struct screen *s, int fd);
/** Draws the text over the one before, in one write. The text consists of whole lines; those that
 * do not fit the rows are left out. Returns 0 or a negative errno. */
int screen_draw(struct screen *s, struct gloss_span text);
/** Leaves the last text where it is, and shows the cursor below it. */
void screen_close(struct screen *s);
