#pragma once

/* What the terminal at a descriptor can show. */

#include <stdbool.h>

/** The columns to fill. At a terminal: the environment's COLUMNS where that is a number from 1 to
 * 9999, else the terminal's own width, which is 0 where the terminal does not tell. Where there is
 * no terminal: 0. */
unsigned terminal_width(int fd);

/** Whether there is a terminal that can show colours, and NO_COLOR does not forbid them. */
bool terminal_can_color(int fd);
