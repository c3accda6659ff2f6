# How this project's targets are made: the compiler's settings, a library for each folder of src/, its tests.

find_package(Threads REQUIRED)
find_package(fmt REQUIRED)
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE})
endif()

add_library(kizuna_settings INTERFACE)
target_include_directories(kizuna_settings INTERFACE
  $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/include> $<BUILD_INTERFACE:${PROJECT_SOURCE_DIR}/src>)
# Designated initialisers leave fields at their defaults on purpose: gcc 12 warns of that all the same.
target_compile_options(kizuna_settings INTERFACE -Wall -Wextra -Wno-missing-field-initializers -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
  $<$<BOOL:${KIZUNA_WERROR}>:-Werror>)
if(CMAKE_CXX_COMPILER_ID STREQUAL GNU AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 13)
  target_compile_options(kizuna_settings INTERFACE -Wno-restrict) # false alarms on std::string's operator+ (GCC bug 105651)
endif()
if(KIZUNA_SANITIZE)
  target_compile_options(kizuna_settings INTERFACE -fsanitize=${KIZUNA_SANITIZE} -fno-omit-frame-pointer
    -fno-sanitize-recover=all $<$<CXX_COMPILER_ID:GNU>:-Wno-maybe-uninitialized>) # false alarms in what sanitizers add
  target_link_options(kizuna_settings INTERFACE -fsanitize=${KIZUNA_SANITIZE})
endif()
if(KIZUNA_FUZZ)
  target_compile_options(kizuna_settings INTERFACE -fsanitize=fuzzer-no-link -gline-tables-only)
endif()
target_link_libraries(kizuna_settings INTERFACE Threads::Threads)

# For every test program: what they test is compiled as it ships, they themselves to be there soon.
if(KIZUNA_TESTS)
  add_library(kizuna_test_settings INTERFACE)
  target_compile_options(kizuna_test_settings INTERFACE $<$<CONFIG:Release>:-O1>)
  target_link_libraries(kizuna_test_settings INTERFACE GTest::gmock GTest::gtest_main)
endif()

# kizuna_folder(NAME SOURCES … [USES other folders …] [LIBRARIES third-party …] [TESTS …] [TEST_USES …] [TEST_LIBRARIES …])
#
# A static library `kizuna_NAME` of one folder under src/ and, where there are tests, one program `NAME_test`.
# USES is held against docs/architecture.md by tests/layers.
function(kizuna_folder NAME)
  cmake_parse_arguments(ARG "" "" "SOURCES;USES;LIBRARIES;TESTS;TEST_USES;TEST_LIBRARIES" ${ARGN})
  list(TRANSFORM ARG_USES PREPEND kizuna_)
  list(TRANSFORM ARG_TEST_USES PREPEND kizuna_)
  add_library(kizuna_${NAME} STATIC ${ARG_SOURCES})
  target_link_libraries(kizuna_${NAME} PUBLIC $<BUILD_INTERFACE:kizuna_settings> ${ARG_USES} PRIVATE ${ARG_LIBRARIES})
  if(KIZUNA_TESTS AND ARG_TESTS)
    add_executable(${NAME}_test ${ARG_TESTS})
    target_link_libraries(${NAME}_test PRIVATE kizuna_${NAME} ${ARG_TEST_USES} ${ARG_TEST_LIBRARIES} kizuna_test_settings)
    target_compile_definitions(${NAME}_test PRIVATE KIZUNA_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
    gtest_discover_tests(${NAME}_test TEST_PREFIX ${NAME}/ DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()
