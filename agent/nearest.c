#include "agent/nearest.h"

#include <string.h>

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;
    return least < c ? least : c;
}

unsigned nearest_distance(const char *left, const char *right, unsigned limit)
{
    size_t m = strlen(left);
    size_t n = strlen(right);
    size_t difference = m > n ? m - n : n - m;
    if (m >= NEAREST_NAME_BYTES || n >= NEAREST_NAME_BYTES || difference > limit)
        return limit + 1;

    /* Rows of the optimal string alignment matrix: two above, above, this one. */
    unsigned rows[3][NEAREST_NAME_BYTES];
    for (size_t j = 0; j <= n; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= m; i++) {
        unsigned *row = rows[i % 3];
        const unsigned *above = rows[(i - 1) % 3];
        const unsigned *two_above = rows[(i + 1) % 3];
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= n; j++) {
            unsigned cost = left[i - 1] != right[j - 1];
            row[j] = min3(above[j] + 1, row[j - 1] + 1, above[j - 1] + cost);
            if (i > 1 && j > 1 && left[i - 1] == right[j - 2] && left[i - 2] == right[j - 1] &&
                two_above[j - 2] + 1 < row[j])
                row[j] = two_above[j - 2] + 1;
        }
    }
    unsigned distance = rows[m % 3][n];
    return distance > limit ? limit + 1 : distance;
}

void nearest_offer(struct nearest *nearest, const char *candidate)
{
    size_t length = strlen(nearest->name);
    unsigned limit = length < 6 ? 1 : (unsigned)(length / 3);
    if (length >= 4 && limit < 2)
        limit = 2;
    unsigned distance = nearest_distance(nearest->name, candidate, limit);
    if (distance <= limit && (nearest->best[0] == '\0' || distance < nearest->distance)) {
        strcpy(nearest->best, candidate); /* fits: it is near a name that is short enough */
        nearest->distance = distance;
    }
}
