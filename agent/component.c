#include "agent/component.h"

#include "agent/encode.h"
#include "agent/frame.h"
#include "agent/input.h"
#include "agent/output.h"
#include "agent/parse.h"

/* Behind the headers, whose types its declarations name. */
#include "agent/component_table.h"

static const struct input_type *const inputs[] = {COMPONENT_INPUT_ROWS NULL};
static const struct output_type *const outputs[] = {COMPONENT_OUTPUT_ROWS NULL};

const struct config_registry component_registry = {
    .inputs = inputs,
    .outputs = outputs,
    .framers = frame_types,
    .parsers = parse_types,
    .encoders = encode_types,
};
