#pragma once

/* "did you mean": the known name that is nearest to a mistyped one. Pure. */

#define NEAREST_NAME_BYTES 65

/*
 * The edit distance (insert, delete, replace, swap of two neighbours, each 1) between two names, or
 * `limit` + 1 where it is larger than `limit`. A name longer than 64 bytes is never near.
 */
unsigned nearest_distance(const char *left, const char *right, unsigned limit);

/*
 * Keeps the nearest of the names offered one by one. Near is a third of the letters, at least one;
 * `best` stays empty where nothing is.
 */
struct nearest {
    const char *name;
    char best[NEAREST_NAME_BYTES];
    unsigned distance;
};

void nearest_offer(struct nearest *nearest, const char *candidate);
