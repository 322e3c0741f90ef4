#include "test/reference/nul.h"

#include "test/reference/class.h"

enum { WRITTEN_LEAST = 3, DECODED_LEAST = 12 };

static bool in_run(uint32_t character)
{
    return character == 0 || class_digit(character) || class_separator(character);
}

void nul_find(const struct view *view, int round, struct findings *findings)
{
    for (ptrdiff_t i = 0, end; i < view->count; i = end + 1) {
        ptrdiff_t first = -1, last = -1;
        int digits = 0;
        bool parted = false, nuls = false;
        for (end = i; end < view->count && in_run(view_at(view, end)); end++) {
            if (view_at(view, end) == 0) {
                nuls = nuls || (end > i && class_digit(view_at(view, end - 1)));
                continue;
            }
            if (class_digit(view_at(view, end))) {
                first = first < 0 ? end : first;
                last = end;
                digits++;
                parted = parted || nuls;
            }
            nuls = false;
        }
        if (parted && digits >= (round > 0 ? DECODED_LEAST : WRITTEN_LEAST)) {
            struct finding finding = finding_over(FINDING_WITHHELD_ENCODING, view, first, last + 1);
            findings_add(findings, &finding);
        }
    }
}
