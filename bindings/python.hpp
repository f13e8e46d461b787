// Functions and errors by the interpreter's own C interface; classes are in native_type.hpp.
//
// pybind11's handles are used throughout, which own references and nothing else. Its calls and its
// instances are not: they ask for memory without looking whether they got it (an instance is
// written to before that), and its constructors of bytes, ints and lists turn a MemoryError into a
// RuntimeError. Here a call that finds no memory ends in MemoryError: tests/checks/allocations.py.
#pragma once

#include <pybind11/pybind11.h>

#include <cstddef>
#include <cstdint>
#include <new>
#include <type_traits>
#include <utility>

namespace binding {

namespace py = pybind11;

// ---- Errors ----

// Thrown where the interpreter's exception is set. It holds nothing, so that throwing it asks for
// no memory.
struct ErrorIsSet {};

// A new reference; nullptr means that the exception is set.
inline py::object owned(PyObject* reference) {
  if (reference == nullptr) throw ErrorIsSet{};
  return py::reinterpret_steal<py::object>(reference);
}

// Drops the exception that is set, which says that a value is none of those that are wanted. One
// that says something else – no memory, Ctrl-C – goes on.
inline void drop_refusal() {
  if (PyErr_ExceptionMatches(PyExc_MemoryError) || !PyErr_ExceptionMatches(PyExc_Exception)) throw ErrorIsSet{};
  PyErr_Clear();
}

// The same, and returns it.
inline py::object take_refusal() {
#if PY_VERSION_HEX >= 0x030C0000
  py::object value = owned(PyErr_GetRaisedException());
#else
  PyObject *type, *exception, *traceback;
  PyErr_Fetch(&type, &exception, &traceback);
  PyErr_NormalizeException(&type, &exception, &traceback);  // may come to be a MemoryError
  Py_XDECREF(type);
  Py_XDECREF(traceback);
  py::object value = owned(exception);
#endif
  PyErr_SetObject(reinterpret_cast<PyObject*>(Py_TYPE(value.ptr())), value.ptr());
  drop_refusal();
  return value;
}

// For a catch-all: the C++ exception under way as the interpreter's. Throws nothing.
inline void set_exception() noexcept {
  try {
    throw;
  } catch (const ErrorIsSet&) {
  } catch (py::error_already_set& error) {
    error.restore();
  } catch (const std::bad_alloc&) {
    PyErr_NoMemory();
  } catch (const std::exception& error) {
    PyErr_SetString(PyExc_RuntimeError, error.what());
  }
  if (PyErr_Occurred() == nullptr) PyErr_SetString(PyExc_SystemError, "a native call failed and did not say why");
}

// ---- Results ----

inline py::object new_list() { return owned(PyList_New(0)); }
inline py::object to_int(std::uint64_t value) { return owned(PyLong_FromUnsignedLongLong(value)); }

inline PyObject* to_python(py::object value) { return value.release().ptr(); }
inline PyObject* to_python(bool value) { return PyBool_FromLong(value); }
inline PyObject* to_python(std::uint32_t value) { return PyLong_FromUnsignedLong(value); }
inline PyObject* to_python(const char* text) { return PyUnicode_FromString(text); }

template <class Body>
PyObject* result_of(const Body& body) noexcept {
  try {
    if constexpr (std::is_void_v<decltype(body())>) {
      body();
      Py_RETURN_NONE;
    } else {
      return to_python(body());
    }
  } catch (...) {
    set_exception();
    return nullptr;
  }
}

// Whether a call has the arguments that it should; where not, the exception is set.
inline bool are_as_many(Py_ssize_t given, std::size_t wanted) {
  if (static_cast<std::size_t>(given) == wanted) return true;
  PyErr_Format(PyExc_TypeError, "takes %zu arguments, not %zd", wanted, given);
  return false;
}

// ---- Functions ----

// A C++ function as the interpreter calls it: of handles, or of a native object and handles. All
// are given by position.
template <auto function>
struct Call;

template <class Result, class... Arguments, Result (*function)(Arguments...)>
struct Call<function> {
  template <std::size_t... I>
  static PyObject* with([[maybe_unused]] PyObject* const* arguments, std::index_sequence<I...>) {
    return result_of([&] { return function(py::handle(arguments[I])...); });
  }

  static PyObject* call(PyObject*, PyObject* const* arguments, Py_ssize_t count) {
    if (!are_as_many(count, sizeof...(Arguments))) return nullptr;
    return with(arguments, std::index_sequence_for<Arguments...>());
  }
};

using FastCall = PyObject* (*)(PyObject*, PyObject* const*, Py_ssize_t);

inline PyMethodDef method_entry(const char* name, FastCall call, int more_flags = 0) {
  const auto any = reinterpret_cast<PyCFunction>(reinterpret_cast<void (*)()>(call));
  return {name, any, METH_FASTCALL | more_flags, nullptr};
}

// Entries of tables that end with {}: a function of the module, a static method.
template <auto function>
PyMethodDef entry(const char* name) {
  return method_entry(name, &Call<function>::call);
}
template <auto function>
PyMethodDef static_method(const char* name) {
  return method_entry(name, &Call<function>::call, METH_STATIC);
}

inline void add_functions(py::handle module, PyMethodDef* table) {
  if (PyModule_AddFunctions(module.ptr(), table) != 0) throw ErrorIsSet{};
}

}  // namespace binding
