#include "rules/match/detector.h"

#include <string.h>

static const struct detector detectors[] = {
    {"email", {"@", NULL}, email_find},
    {"iban", {"[A-Z][A-Z][0-9][0-9]", NULL}, iban_find},
    {"phone", {"\\+[1-9]", NULL}, phone_find},
    {"ssn", {"-[0-9][0-9]-", NULL}, ssn_find},
    {"ipv4", {"[0-9]\\.[0-9]", NULL}, ip_find_v4},
    {"ipv6", {"[0-9A-Fa-f]:[0-9A-Fa-f:]", "::", NULL}, ip_find_v6},
};

const struct detector *detector_of(const char *name)
{
    for (size_t i = 0; i < sizeof(detectors) / sizeof(detectors[0]); i++) {
        if (strcmp(detectors[i].name, name) == 0)
            return &detectors[i];
    }
    return NULL;
}
