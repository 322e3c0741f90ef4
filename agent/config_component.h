#pragma once
/*
 * The maps under `inputs:` and `outputs:`: each entry is an id and a component with its own
 * options. Part of config.c, which alone calls it.
 */
#include "agent/config.h"

/* Fill config->inputs and ->outputs from their nodes. 0, -EINVAL after adding every error, -ENOMEM.
 */
int config_component_inputs(struct config *config, const struct config_registry *registry,
                            struct diagnostics *diagnostics);
int config_component_outputs(struct config *config, const struct config_registry *registry,
                             struct diagnostics *diagnostics);

/* `format.schema` names an encoder. */
void config_component_check_schema(struct config *config, const struct config_registry *registry,
                                   struct diagnostics *diagnostics);

void config_component_print(const struct config *config, FILE *stream);
void config_component_finish(struct config *config);
