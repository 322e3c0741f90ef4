#include "test/reference/depth.h"

#include "test/reference/class.h"

enum { DIGITS_LEAST = 12 };

static bool ends_run(uint32_t character)
{
    return class_blank(character) || class_quote(character) || class_one_of(character, "<>,") ||
           character == VIEW_BOUNDARY || character == VIEW_OUTSIDE;
}

void depth_find(const struct view *last, struct findings *findings)
{
    ptrdiff_t run_first = 0;
    int digits = 0;
    int escapes = 0;

    for (ptrdiff_t i = 0; i <= last->count;) {
        struct escape escape;
        /* In round 1 all forms are read. */
        bool is_escape = view_escape(last, i, 1, &escape);
        if (is_escape && class_digit(escape.character)) {
            digits++;
            escapes++;
            i += escape.units;
            continue;
        }
        /* An escape for something else is no end of the run, but a unit of it may be one. */
        ptrdiff_t end = i + (is_escape ? escape.units : 1);
        for (; i < end; i++) {
            if (!ends_run(view_at(last, i))) {
                digits += !is_escape && class_digit(view_at(last, i));
                continue;
            }
            if (escapes > 0 && digits >= DIGITS_LEAST) {
                struct finding finding = finding_over(FINDING_WITHHELD_DEPTH, last, run_first, i);
                findings_add(findings, &finding);
            }
            run_first = i + 1;
            digits = escapes = 0;
        }
    }
}
