#include "agent/command/advice.h"

#include <string.h>

#define OWN_RULE                                                                                   \
    "a rule of your own with the name before it as its keyword redacts what stands there"
#define NO_EXCEPT "rules of this kind take no exceptions (PCI DSS 3.3.1)"

static bool was_asked(const struct explain_candidate *candidate, const char *gate)
{
    for (size_t i = 0; i < candidate->gate_count; i++) {
        if (strcmp(candidate->gates[i].name, gate) == 0)
            return true;
    }
    return false;
}

static const char *of_passed(const struct explain_candidate *candidate)
{
    const char *detector = candidate->detector;
    if (strncmp(detector, "track", 5) == 0)
        return "A false positive? Log it under another form: " NO_EXCEPT ".";
    if (strcmp(detector, "cvv") == 0 || strcmp(detector, "pin") == 0)
        return "A false positive? Give the field another name: " NO_EXCEPT ".";
    if (was_asked(candidate, "limit"))
        return "The pattern backtracks without end: bound its repetitions ({1,64}), make them "
               "possessive (++), or let no two of them take the same text.";
    if (strcmp(detector, "pan") != 0)
        return "A false positive? Put the value's pattern or key on the rule's allow list "
               "(allow:), "
               "or switch the rule off by its id.";
    if (was_asked(candidate, "time stamp") && was_asked(candidate, "card label"))
        return "A false positive? Its only issuer is the card word before it: name it for what it "
               "is, such as order_id=.";
    if (was_asked(candidate, "time stamp") || was_asked(candidate, "own label"))
        return "A false positive? Name it for what it is: after a label such as order_id=, ref= or "
               "trace_id= such a length is left alone.";
    return "A false positive? Issuer, an ordinary length and Luhn make it a card number under any "
           "name: log it in another form, such as hex, or put its hash or key on the allow list of "
           "the rule pan (`blotter rules allow`, with i_accept_pan_in_clear).";
}

const char *advice_of(const struct explain_candidate *candidate)
{
    static const struct {
        const char *gate, *advice;
    } rows[] = {
        {"rule", "A miss? The packs in use have no such rule: name its pack in --packs, or in "
                 "redact.packs of the configuration."},
        {"luhn", "A miss? No card has this check digit, so no option of the rule pan finds it; if "
                 "it is another secret, " OWN_RULE "."},
        {"one digit", "A miss? No card repeats one digit; " OWN_RULE "."},
        {"fraction", "A miss? Put a blank or a quote between it and the number beside it."},
        {"grouping", "A miss? Write it bare or in groups as on the card; a card word before it "
                     "(card, pan) also lets groups of 2 or 3 count."},
        {"part", "A miss? Set it apart from the groups beside it with a comma or a label."},
        {"whole", "A miss? Set it apart from the groups beside it with a comma or a label."},
        {"issuer", "A miss? No issuer has 12 digits with this prefix; " OWN_RULE "."},
        {"card label", "A miss? Put a card word right before it (card=, pan=); " OWN_RULE "."},
        {"own label",
         "A miss? Its name says that it is an id: name it card= or pan=; " OWN_RULE "."},
        {"letter", "A miss? Put a blank, = or quote between it and the letter."},
        {"time stamp", "A miss? It reads as a time or an address; " OWN_RULE "."},
        {"arn", "A miss? It is part of an ARN; log the number under a label of its own."},
        {"neighbour", "A miss? Put a blank between it and the + or the . beside it."},
        {"uuid", "A miss? Parts of a UUID are never cards; log the number by itself."},
        {"hex", "A miss? It looks like part of a hash; put a blank or = before it."},
        {"long run", "A miss? Log the fields of the record apart; " OWN_RULE "."},
        {"label", "A miss? The name goes on (a result such as cvv_check holds no code); if the "
                  "code itself is in it, name it cvv or cvc, or " OWN_RULE "."},
        {"binding", "A miss? Write name=value, name: value or an XML tag."},
        {"value", "A miss? A CVV has 3 or 4 digits, a PIN 4 to 12 or a block of 16 hex digits; "
                  "for other values, " OWN_RULE "."},
        {"card record", "A miss? Use the name cvv, cvc or pinblock, or let the line say card."},
        {"number", "A miss? The number before it has no issuer or a wrong check digit."},
        {"name", "A miss? Track 1 has a name of at most 26 characters between two ^."},
        {"date", "A miss? Track 2 goes on with YYMM and the service code."},
        {"pattern", "A miss? The keyword is there, the pattern does not fit: `blotter rules list` "
                    "says what the rule is for."},
        {"path", "A miss? The keys around it are not those of the rule's path; `*.name` finds a "
                 "name at any depth."},
        {"validator",
         "A miss? The value looks like a placeholder or a wrong checksum; " OWN_RULE "."},
        {"shadow", "A miss? The rule only reports: take its shadow: true away."},
        {"allow list", "A miss? It is on the allow list of the rule: take it off."},
    };
    if (!candidate)
        return "nothing here looks like a secret to the packs in use. A miss? Name the field as "
               "what it is (card=, cvv=), add packs with --packs, or write a rule: " OWN_RULE ".";
    if (!candidate->first_failed)
        return of_passed(candidate);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(rows[i].gate, candidate->first_failed) == 0)
            return rows[i].advice;
    }
    return "A miss? " OWN_RULE ".";
}
