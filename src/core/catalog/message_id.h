#pragma once

/* The journal's MESSAGE_ID of an entry: 32 hexadecimal digits that stay the same for ever, on every
 * machine, so that what was shipped explains what is written.
 *
 * It is the 128-bit FNV-1a hash of CATALOG, NUL, CODE, with the bits that RFC 9562 gives to version
 * 8 (a hash of one's own) and its variant set. Anybody can compute it. */

#define MESSAGE_ID_SIZE 33

/** Writes it with its NUL. */
void message_id(const char *catalog, const char *code, char ret_id[MESSAGE_ID_SIZE]);
