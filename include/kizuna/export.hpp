#pragma once

/// KIZUNA_API marks what libkizuna exports. Everything else is hidden.
#if defined(_WIN32)
#if defined(KIZUNA_BUILDING)
#define KIZUNA_API __declspec(dllexport)
#else
#define KIZUNA_API __declspec(dllimport)
#endif
#else
#define KIZUNA_API __attribute__((visibility("default")))
#endif
