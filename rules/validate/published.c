#include "rules/validate/published.h"

#include "rules/blotter.h"
#include "rules/validate/luhn.h"

#include <string.h>

/* docs.stripe.com/testing, docs.adyen.com/development-resources/testing,
 * developer.paypal.com/tools/sandbox/card-testing. Kept without the check digit, as the rules' own
 * examples are, so that a scan of a program for card numbers stays quiet. */
static const char *const numbers[] = {
    "411111111111111", "424242424242424", "400005665566555", "401288888888188", "400000000000000",
    "422222222222",    "555555555555444", "510510510510510", "520082828282821", "222300312200322",
    "545454545454545", "557700005577000", "37828224631000",  "37144963539843",  "37873449367100",
    "601111111111111", "601100099013942", "601198111111111", "3056930902590",   "3852000002323",
    "3622720627166",   "353011133330000", "356600202036050", "620000000000000",
};

size_t published_count(void)
{
    return sizeof(numbers) / sizeof(numbers[0]);
}

void published_number(size_t index, char ret_number[PUBLISHED_BYTES])
{
    size_t size = strlen(numbers[index]);
    memcpy(ret_number, numbers[index], size);
    ret_number[size + 1] = '\0';
    for (ret_number[size] = '0'; !luhn_holds((const uint8_t *)ret_number, (unsigned)size + 1);)
        ret_number[size]++;
}

int blot_number_is_published(const char *digits, size_t count)
{
    for (size_t i = 0; i < published_count(); i++) {
        char number[PUBLISHED_BYTES];
        published_number(i, number);
        if (strlen(number) == count && memcmp(number, digits, count) == 0)
            return 1;
    }
    return 0;
}
