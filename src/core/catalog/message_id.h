#pragma once

/* The MESSAGE_ID under which the journal finds the explanation of an entry (journalctl -x): 32
 * hexadecimal digits. They are the same on each machine and must never change, since the
 * explanations are shipped and the entries are written by different programs.
 *
 * The id is the 128-bit FNV-1a hash of CATALOG, NUL, CODE, with the version and variant of RFC 9562
 * set to those of version 8, which is for ids of one's own making. Anybody can compute it. */

/** The size of an id in bytes, with its NUL. */
#define MESSAGE_ID_SIZE 33

/** Writes the id of a code of a catalog, with a NUL. */
void message_id(const char *catalog, const char *code, char ret_id[MESSAGE_ID_SIZE]);
