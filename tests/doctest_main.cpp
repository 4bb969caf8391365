// The main program of samara_tests: doctest's own. Knows no test.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
