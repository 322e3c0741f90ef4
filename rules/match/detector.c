#include "rules/match/detector.h"

#include <string.h>

static const struct detector detectors[] = {
    {"email", {"[0-9A-Za-z_%+-]@[0-9A-Za-z]", NULL}, 0, 340, email_find},
    {"iban", {"[A-Z][A-Z][0-9][0-9]", NULL}, 0, 48, iban_find},
    {"phone", {"\\+[1-9]", NULL}, 0, 48, phone_find},
    /* Dates hold a dash, two digits and a dash in nearly every line. */
    {"ssn", {"[0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9][0-9][0-9]", NULL}, 6, 12, ssn_find},
    {"ipv4", {"[0-9]\\.[0-9]", NULL}, 0, 20, ip_find_v4},
    {"ipv6", {"[0-9A-Fa-f]:[0-9A-Fa-f:]", "::", NULL}, 0, 50, ip_find_v6},
};

const struct detector *detector_of(const char *name)
{
    for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++) {
        if (strcmp(detectors[i].name, name) == 0)
            return &detectors[i];
    }
    return NULL;
}
