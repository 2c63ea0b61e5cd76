#pragma once

/* The service for a while: it is started, reads until its sink holds what it should, and is stopped
 * in good order. Paths are in the test's scratch folder. */

#include "helpers/run.h"

/** A configuration; each '@' stands for the scratch folder. Its path is good until the next one. */
const char *service_config(const char *text);
/** Appends to a file of the scratch folder, which is made where there is none. */
void service_append(const char *name, const char *text);
/** The file's text, "" where there is none; the caller's. */
char *service_text(const char *name);

/** Started; it said so. */
void service_start(struct run *r, const char *config);
/** Whether the file of that name comes to hold the text. */
bool service_comes_to(const char *name, const char *text);
/** Stopped by SIGTERM, with status 0. */
void service_stop(struct run *r);
/** All of it at once. */
void service_run(const char *config, const char *sink, const char *text);
