#pragma once
/* rules/schema.json, embedded by the build. */
extern const char rules_schema[];
