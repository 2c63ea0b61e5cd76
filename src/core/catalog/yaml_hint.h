#pragma once

/* What to do about a mistake in the syntax of YAML. */

/** What to change so that an error goes away.
 *
 * @message  the error in the words of libfyaml.
 *
 * Returns NULL where there is no hint for it. */
const char *yaml_hint(const char *message);
