#pragma once

/* A terminal that shows one text, drawn again and again in the same place. */

#include <gloss/span.h>
#include <stdbool.h>

struct screen {
    int fd;
    bool on;
};

/** Makes room on the terminal, what stood there scrolls away, and hides the cursor. Not a terminal
 * that can be drawn on: on stays false, and nothing is done. */
void screen_open(struct screen *s, int fd);
/** Draws the text, whole lines, over the one before, as much of it as there are rows, in one write.
 * Returns 0 or a negative errno. */
int screen_draw(struct screen *s, struct gloss_span text);
/** Leaves what was drawn last, and gives the cursor back below it. */
void screen_close(struct screen *s);
