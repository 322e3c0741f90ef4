#ifndef BLOTTER_H
#define BLOTTER_H
/* libblotter: finds card data (and other secrets) in text and says what to put in its place.
 *
 * Pure: no input or output, no threads, no logging, no state besides the objects it gives out. What
 * is found and what replaces it is the contract in rules/README.md.
 *
 * Stable: within one BLOT_ABI_VERSION, which is the number in the shared library's name
 * (libblotter.so.0), functions are only added. Structures that the caller fills begin with their
 * size and grow at the end; structures that the library fills keep their size. A program runs with
 * any library of its ABI version that is not older than the header it was compiled with.
 *
 * Threads: a `struct blot_ruleset` is immutable after it is made and may be shared by all threads.
 * A `struct blot_scratch` belongs to one thread at a time; make one for each. The rule set outlives
 * every scratch made from it. Functions that take neither may be called from anywhere.
 *
 * Ownership: what a function returns through a `ret_` argument belongs to the caller where a
 * matching …_free exists, else to the object it was asked of. What the caller passes is copied or
 * used during the call only, so it may be freed when the call returns. …_free takes NULL and
 * returns NULL.
 *
 * Errors: 0 or a negative errno value; `ret_` outputs are untouched on failure. */
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define BLOT_API __attribute__((visibility("default")))
#else
#define BLOT_API
#endif

#define BLOT_VERSION_MAJOR 0
#define BLOT_VERSION_MINOR 1
#define BLOT_VERSION_PATCH 0
#define BLOT_VERSION       (BLOT_VERSION_MAJOR << 16 | BLOT_VERSION_MINOR << 8 | BLOT_VERSION_PATCH)
#define BLOT_ABI_VERSION   0

/* The version of the library that runs: as BLOT_VERSION, and as text such as "0.1.0". */
BLOT_API uint32_t blot_version(void);
BLOT_API const char *blot_version_text(void);

struct blot_ruleset;
struct blot_scratch;

/* A rule file that the caller has read: the library opens no files. */
struct blot_document {
    const char *name; /* for error messages */
    const char *data;
    size_t size;
};

/* One error of a rule file. All errors of all documents are reported before compiling fails. */
struct blot_error {
    const char *document; /* name of the document, or of the built-in pack; "options"; "actions" */
    unsigned line;        /* from 1; 0: the document as a whole; of "actions", the option, its index
                             from 1 */
    unsigned column;      /* from 1 */
    const char *message;  /* what is wrong and what would be right; never a value from the file */
};
typedef void blot_error_function(void *user, const struct blot_error *error);

/* Reads the rule file `path` that the document named `from` takes in: the library opens no files.
 * Name and data stay the caller's and valid until the rule set is made. 0; -EFBIG: larger than 1
 * MiB (to be refused without reading all of it); another negative errno: it cannot be read. */
typedef int blot_read_function(void *user, const char *from, const char *path,
                               struct blot_document *ret_document);

/* What is done with the findings of a rule: stars, replace, token, mask, drop_field, drop_record,
 * quarantine, or shadow to report only. */
struct blot_action {
    const char *rule;
    const char *action;
};

/* What options may say, NULL-terminated: an action, `keep`, `masked`. Static. */
BLOT_API const char *const *blot_action_names(void);
BLOT_API const char *const *blot_keep_names(void);
BLOT_API const char *const *blot_masked_names(void);
/* 0: there is an action of that name; -EPERM: it is a hash without a key, which is refused (PCI DSS
 * 3.5.1.1) and told by name when rules are compiled; -EINVAL: there is none. */
BLOT_API int blot_action_check(const char *name);

/* All zero but `size`: the built-in pci pack with its defaults. */
struct blot_options {
    size_t size;              /* sizeof(struct blot_options); 0: that of version 0.1 */
    const char *const *packs; /* names of built-in packs; NULL: {"pci"} */
    size_t pack_count;
    const struct blot_document *documents; /* further rules */
    size_t document_count;
    const char
        *kernel; /* scalar, ssse3, avx2, avx512bw, avx512vbmi2, neon; NULL: the best there is */
    blot_error_function *on_error; /* may be NULL */
    void *user;
    /* Instead of what the rules say; a rule that says otherwise itself is an error. */
    const struct blot_action *actions;
    size_t action_count;
    const char *keep;          /* last4, first6_last4, first8_last4: shown of a PAN; NULL: last4 */
    const char *masked;        /* keep or normalise what others have masked; NULL: keep */
    const char *token_key_id;  /* 1–16 of a–z 0–9, shown in every token; NULL: no tokens */
    const void *token_key;     /* used during the call only: wipe it when that returns */
    size_t token_key_size;     /* 16 bytes at least */
    int i_accept_pan_in_clear; /* allows what weakens the rules on PANs, and is told by
                                  blot_ruleset_is_unsafe */
    blot_read_function *read;  /* with `user`; NULL: rule files take in no files */
};

/* Compiles a rule set and runs its canaries. `options` NULL: the defaults. `on_error` is called
 * from within, on the caller's thread. -E2BIG: the options are of a later version and ask for what
 * this one does not have; -EINVAL: the documents have errors (reported); -ENOENT: no such pack;
 * -ENOTSUP: this processor lacks the kernel asked for; -EILSEQ: a canary failed, the engine must
 * not be used; -ENOMEM. */
BLOT_API int blot_ruleset_new(const struct blot_options *options,
                              struct blot_ruleset **ret_ruleset);
BLOT_API struct blot_ruleset *blot_ruleset_free(struct blot_ruleset *ruleset);

/* Name of a built-in pack, from 0 on; NULL: there are no more. */
BLOT_API const char *blot_pack_name(size_t index);

BLOT_API size_t blot_ruleset_rule_count(const struct blot_ruleset *ruleset);
/* Id of a rule, such as "pan"; for metrics and blotter.redacted. */
BLOT_API const char *blot_ruleset_rule_id(const struct blot_ruleset *ruleset, size_t rule);
/* SHA-256 of the packs and documents, lower-case hex. */
BLOT_API const char *blot_ruleset_hash(const struct blot_ruleset *ruleset);
/* Name of the kernel in use. */
BLOT_API const char *blot_ruleset_kernel(const struct blot_ruleset *ruleset);

/* What a person wants to know of a rule. */
struct blot_rule_info {
    const char *id;
    const char *why;                      /* the clause or page that asks for it */
    const char *severity;                 /* low, medium, high, critical */
    const char *action;                   /* as blot_ruleset_rule_action gives it */
    uint32_t match_count, no_match_count; /* its examples */
    uint32_t disabled;
    uint32_t reserved[5]; /* 0 */
};
/* -ENOENT: there is no such rule. */
BLOT_API int blot_ruleset_rule_info(const struct blot_ruleset *ruleset, size_t rule,
                                    struct blot_rule_info *ret_info);

/* What is done with what the rule finds: a name as in `struct blot_action`. */
BLOT_API const char *blot_ruleset_rule_action(const struct blot_ruleset *ruleset, size_t rule);
/* Whether i_accept_pan_in_clear is in force: 1 or 0. */
BLOT_API int blot_ruleset_is_unsafe(const struct blot_ruleset *ruleset);
/* The effects that findings of the rule set may have: enum blot_effect. */
BLOT_API unsigned blot_ruleset_effects(const struct blot_ruleset *ruleset);

/* Whether the digits are a card number that networks or payment providers publish for tests, which
 * may stand in a configuration: 1 or 0. */
BLOT_API int blot_number_is_published(const char *digits, size_t count);

/* Memory for working on raw text. The caller may give its own, so that raw bytes stay out of core
 * dumps; `release` gets memory that was zeroed. NULL: malloc. */
struct blot_memory {
    void *(*allocate)(void *user, size_t size);
    void (*release)(void *user, void *memory, size_t size);
    void *user;
};

BLOT_API int blot_scratch_new(const struct blot_ruleset *ruleset, const struct blot_memory *memory,
                              struct blot_scratch **ret_scratch);
BLOT_API struct blot_scratch *blot_scratch_free(struct blot_scratch *scratch);

/* Why a value was replaced. */
enum blot_reason {
    BLOT_REDACTED = 0,
    BLOT_WITHHELD_LIMIT,    /* a pattern ran into its match limits */
    BLOT_WITHHELD_LENGTH,   /* a cut went through it */
    BLOT_WITHHELD_ENCODING, /* it could not be decoded */
    BLOT_WITHHELD_DEPTH,    /* it is encoded too many times over */
};

/* What becomes of the record that a finding is in. All findings of a line have the effects of all
 * of them. */
enum blot_effect {
    BLOT_DROP_RECORD = 1 << 0, /* it goes nowhere; of its text only `[DROPPED rule]` is left */
    BLOT_QUARANTINE = 1 << 1,  /* redacted, it goes elsewhere */
};

/* One replacement: `size` bytes of the text at `offset` become `replacement_size` bytes. */
struct blot_finding {
    size_t offset;
    size_t size;
    const char *replacement; /* not terminated; valid until the scratch is used again */
    uint32_t replacement_size;
    uint16_t rule;     /* index of the rule that decided */
    uint16_t reason;   /* enum blot_reason */
    uint32_t effects;  /* enum blot_effect */
    uint32_t reserved; /* 0 */
};

enum blot_flag {
    BLOT_CUT_START = 1 << 0, /* the text begins in the middle of something */
    BLOT_CUT_END = 1 << 1,   /* the text ends in the middle of something */
};

/* Finds what must be replaced in a block of lines (or one text). A newline is always a boundary.
 * The findings are in order and do not overlap; they stay valid until the scratch is used again.
 * -ENOMEM, -EMSGSIZE (a line above 1 GiB): nothing may be passed on. */
BLOT_API int blot_find(struct blot_scratch *scratch, const char *text, size_t size, unsigned flags,
                       const struct blot_finding **ret_findings, size_t *ret_count);

/* A private key may go over several lines, and so from one text of a source to the next. The state
 * after a text, which began in `state` (0: the source's first one), for blot_resume before the next
 * one is searched. */
BLOT_API uint32_t blot_state_after(const struct blot_ruleset *ruleset, uint32_t state,
                                   const char *text, size_t size);
/* Lets the next search, and that one alone, begin in `state`. */
BLOT_API void blot_resume(struct blot_scratch *scratch, uint32_t state);

/* blot_find for the value of one field whose key path is known ("payment.card.number"): the rules
 * on keys apply as if the value stood in a JSON document there. */
BLOT_API int blot_find_field(struct blot_scratch *scratch, const char *path, size_t path_size,
                             const char *value, size_t size,
                             const struct blot_finding **ret_findings, size_t *ret_count);

/* Finds and applies in one: the redacted text, not terminated, belongs to the scratch and stays
 * valid until that is used again; blot_findings gives what was replaced in it. Where nothing is
 * found, `ret_text` is `text` itself. Errors as for blot_find. */
BLOT_API int blot_redact(struct blot_scratch *scratch, const char *text, size_t size,
                         unsigned flags, const char **ret_text, size_t *ret_size);
/* The same for the value of one field. */
BLOT_API int blot_redact_field(struct blot_scratch *scratch, const char *path, size_t path_size,
                               const char *value, size_t size, const char **ret_text,
                               size_t *ret_size);
/* The findings of the scratch's last search; none after one that failed. Returns how many. */
BLOT_API size_t blot_findings(const struct blot_scratch *scratch,
                              const struct blot_finding **ret_findings);

/* One question of the contract that a candidate was asked. No text in it comes from the text that
 * is explained. */
struct blot_gate {
    const char *name;   /* such as "luhn" */
    const char *clause; /* of rules/README.md, such as "2.6" */
    const char *why;    /* what was seen */
    uint32_t failed;    /* 0: passed */
    uint32_t reserved;  /* 0 */
};

/* Something that might be a secret. It is one when no gate failed. */
struct blot_candidate {
    size_t offset;                   /* of its bytes in the text */
    size_t size;                     /* 0: a label without a value */
    size_t label_offset, label_size; /* of the name that a CVV or PIN was looked for under */
    const char *detector;            /* pan, cvv …, or the id of a rule that is a pattern */
    const char *shape;               /* its digits as d, its letters as a */
    const struct blot_gate *gates;   /* in the order of the contract */
    size_t gate_count;
    uint32_t passed;
    uint32_t view;        /* how many times it was decoded */
    uint64_t reserved[2]; /* 0 */
};

/* What it is given is valid during the call. Anything but 0 ends the search. */
typedef int blot_candidate_function(void *user, const struct blot_candidate *candidate);

/* Finds as blot_find does, with the same findings, and tells of every candidate and its gates.
 * Slow: for a person who asks why. Errors as for blot_find, and what `use` returned. */
BLOT_API int blot_explain(struct blot_scratch *scratch, const char *text, size_t size,
                          unsigned flags, blot_candidate_function *use, void *user,
                          const struct blot_finding **ret_findings, size_t *ret_count);

/* What rules that only report (shadow) found in the last search, in order; these replace nothing,
 * and others may overlap them. Returns how many. */
BLOT_API size_t blot_shadow_findings(const struct blot_scratch *scratch,
                                     const struct blot_finding **ret_findings);

/* Size of the text after the findings are applied. */
BLOT_API size_t blot_applied_size(size_t size, const struct blot_finding *findings, size_t count);
/* Writes the text with the findings applied; `output` has room for blot_applied_size bytes and does
 * not overlap the text. */
BLOT_API void blot_apply(const char *text, size_t size, const struct blot_finding *findings,
                         size_t count, char *output);

#ifdef __cplusplus
}
#endif
#endif
