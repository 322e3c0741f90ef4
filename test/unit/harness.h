#pragma once
/* cmocka with the headers that it needs and does not include, in the one order that compiles. */

// clang-format off
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
// clang-format on
