#include "test/differential/ruleset.h"

#define PAN(keys) "override:\n  - id: pan\n" keys
#define SAD(id, keys)                                                                              \
    "  - id: " id "\n"                                                                             \
    "    " keys "\n"

#define KEYS(id, action, keys)                                                                     \
    "rules:\n  - id: " id "\n    why: for tests\n" action "    " keys "\n    match: ['{\"" id      \
    "\":{\"x\":1}}']\n"

static const struct ruleset rulesets[] = {
    {"default", NULL, {.normalise = false}},
    {"issuers any", PAN("    issuers: any\n"), {.any_issuer = true}},
    {"keep first6_last4", PAN("    keep: first6_last4\n"), {.keep = REFERENCE_FIRST6_LAST4}},
    {"keep first8_last4, normalise",
     PAN("    keep: first8_last4\n    masked: normalise\n"),
     {.keep = REFERENCE_FIRST8_LAST4, .normalise = true}},
    {"normalise, issuers any",
     PAN("    masked: normalise\n    issuers: any\n"),
     {.normalise = true, .any_issuer = true}},
    {"replace",
     PAN("    action: replace\n") SAD("cvv", "replace: \"[no code 123]\""),
     {.actions = {[REFERENCE_PAN] = REFERENCE_REPLACE, [REFERENCE_CVV] = REFERENCE_REPLACE},
      .texts = {[REFERENCE_CVV] = "[no code 123]"}}},
    {"own texts",
     PAN("    replace: \"[card 4111]\"\n") SAD("track2", "replace: \"[t2]\"")
         SAD("pin", "replace: \"[x]\""),
     {.actions = {[REFERENCE_PAN] = REFERENCE_REPLACE,
                  [REFERENCE_TRACK2] = REFERENCE_REPLACE,
                  [REFERENCE_PIN] = REFERENCE_REPLACE},
      .texts =
          {[REFERENCE_PAN] = "[card 4111]", [REFERENCE_TRACK2] = "[t2]", [REFERENCE_PIN] = "[x]"}}},
    {"token",
     PAN("    action: token\n"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_TOKEN},
      .key_id = RULESET_KEY_ID,
      .key = RULESET_KEY}},
    {"mask", PAN("    action: mask\n"), {.actions = {[REFERENCE_PAN] = REFERENCE_MASK}}},
    {"mask, normalise, drop_field of codes",
     PAN("    action: mask\n    masked: normalise\n    issuers: any\n")
         SAD("cvv", "action: drop_field"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_MASK, [REFERENCE_CVV] = REFERENCE_DROP_FIELD},
      .normalise = true,
      .any_issuer = true}},
    {"drop_field",
     PAN("    action: drop_field\n") SAD("cvv", "action: drop_field")
         SAD("pin", "action: drop_field") SAD("track2", "action: drop_field"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_DROP_FIELD,
                  [REFERENCE_CVV] = REFERENCE_DROP_FIELD,
                  [REFERENCE_PIN] = REFERENCE_DROP_FIELD,
                  [REFERENCE_TRACK2] = REFERENCE_DROP_FIELD}}},
    {"drop_field, normalise",
     PAN("    action: drop_field\n    masked: normalise\n"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_DROP_FIELD}, .normalise = true}},
    {"drop_record",
     PAN("    action: drop_record\n") SAD("track1", "action: drop_record"),
     {.actions =
          {[REFERENCE_PAN] = REFERENCE_DROP_RECORD, [REFERENCE_TRACK1] = REFERENCE_DROP_RECORD}}},
    {"drop_record of codes, normalise",
     PAN("    masked: normalise\n") SAD("cvv", "action: drop_record")
         SAD("pin", "action: drop_record"),
     {.actions = {[REFERENCE_CVV] = REFERENCE_DROP_RECORD, [REFERENCE_PIN] = REFERENCE_DROP_RECORD},
      .normalise = true}},
    {"quarantine, first6_last4",
     PAN("    action: quarantine\n    keep: first6_last4\n") SAD("cvv", "action: quarantine"),
     {.keep = REFERENCE_FIRST6_LAST4}},
    {"shadow",
     PAN("    shadow: true\n    i_accept_pan_in_clear: true\n"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_SHADOW}}},
    {"keys",
     KEYS("number", "    slow: true\n",
          "keys: ['*.number', '*.cardholder', $.a, '*.id.*', '*.message']"),
     {.key_rules =
          &(const struct reference_key_rule){
              "number", {"*.number", "*.cardholder", "$.a", "*.id.*", "*.message"}, 0},
      .key_rule_count = 1}},
    {"keys, mask, normalise",
     PAN("    action: mask\n    masked: normalise\n")
         KEYS("data", "    action: drop_field\n",
              "keys: ['*.data', '*.payload.*', $.card.b, '*.amount']"),
     {.actions = {[REFERENCE_PAN] = REFERENCE_MASK},
      .normalise = true,
      .key_rules =
          &(const struct reference_key_rule){
              "data", {"*.data", "*.payload.*", "$.card.b", "*.amount"}, REFERENCE_DROP_FIELD},
      .key_rule_count = 1}},
    {"keys of paths",
     KEYS("payload", "",
          "keys: ['$.data.*', '*.card.number', '*.payload.*', '$.*.reference', "
          "'*.message.*.pan']"),
     {.key_rules = &(const struct reference_key_rule){"payload",
                                                      {"$.data.*", "*.card.number", "*.payload.*",
                                                       "$.*.reference", "*.message.*.pan"},
                                                      0},
      .key_rule_count = 1}},
    {"keys of everything",
     KEYS("every", "    slow: true\n", "keys: ['*.*']"),
     {.key_rules = &(const struct reference_key_rule){"every", {"*.*"}, 0}, .key_rule_count = 1}},
};

const struct ruleset *ruleset_at(size_t index)
{
    return &rulesets[index];
}

size_t ruleset_count(void)
{
    return sizeof rulesets / sizeof rulesets[0];
}
