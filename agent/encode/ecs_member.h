#pragma once
/* What becomes of the members of a JSON line beside those that blotter writes: which keys change,
 * and which of ours yield. */
#include "agent/encode.h"

/* A member's key in the output. */
struct ecs_member {
    const char *key; /* as it is to be spelled, without quotes */
    size_t key_size;
    const char *plain; /* decoded, for comparing */
    size_t plain_size;
    uint32_t hash; /* of plain */
    bool is_changed;
};

struct ecs_plan {
    bool has_timestamp, has_level, has_logger; /* the line's own; ours are left out */
    bool has_yielding;                         /* of the optional members below */
    uint64_t yielding[ENCODE_OPTIONALS_MAX / 64];
    size_t change_count;
    size_t change_bytes; /* by which the keys become longer, at most */
    size_t renamed;
    struct ecs_member members[EVENT_MEMBERS_MAX];
};

/* Fills the plan for an event that is an object. New keys are in the arena. 0 or -ENOMEM. */
int ecs_member_plan(const struct encode_source *source, const struct event *event,
                    struct arena *arena, struct ecs_plan *ret_plan);
