#pragma once

/* What to do about a mistake of YAML's syntax. */

/** @message  what libfyaml says. Returns what would be right, or NULL where the message tells
 * enough.
 */
const char *yaml_hint(const char *message);
