#pragma once

#include <cstring>
#include <exception>

// What went wrong in `function`, to be freed by `twin_free`, or null.
template <class Function>
char* failure_of(Function function) {
  try {
    function();
    return nullptr;
  } catch (const std::exception& error) {
    return strdup(error.what());
  } catch (...) {
    return strdup("an unknown exception");
  }
}
