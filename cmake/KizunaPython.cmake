# Finds pybind11 for the system's Python, or the one that Python_EXECUTABLE names.
find_program(Python_EXECUTABLE NAMES python3 HINTS /usr/bin)
set(PYBIND11_FINDPYTHON ON)
find_package(pybind11 2.10 CONFIG QUIET)
