// What this build is, which engine runs, and the module itself.
#include <algorithm>
#include <cstring>

#include "native_type.hpp"

namespace binding {

namespace {

py::list engines() {
  py::list names;
  for (std::size_t i = 0; const char* name = starkcore_engine_at(i); ++i) names.append(name);
  return names;
}

void use_engine(py::handle name) {
  const Field field{"engine"};
  if (!PyUnicode_Check(name.ptr())) raise_type(field, "text", name);
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(name.ptr(), &size);
  if (text == nullptr) PyErr_Clear();
  const bool whole = text != nullptr && std::strlen(text) == static_cast<std::size_t>(size);
  check(starkcore_use_engine(whole ? text : ""));
}

void use_strict(py::handle strict) {
  if (!PyBool_Check(strict.ptr())) raise_type(Field{"strict"}, "True or False", strict);
  starkcore_use_strict(strict.ptr() == Py_True);
}

void use_tables(py::handle megabytes) {
  const starkcore_status status = starkcore_use_tables(read_u32(megabytes, {"megabytes"}));
  if (STARKCORE_STATUS_RULE(status) == STARKCORE_RULE_MEMORY) {
    PyErr_NoMemory();
    throw py::error_already_set();
  }
  check(status);
}

// The conversions of convert.hpp by themselves, for values that Python code works on.
py::object number(py::handle value, py::handle field) {
  Bytes32 out;
  read_number(out.data(), value, {read_name(field)});
  return int_from_bytes(out.data(), out.size());
}

// size: at most 32.
py::object fixed_bytes(py::handle value, py::handle size, py::handle field) {
  Bytes32 out;
  const std::size_t count = std::min<std::size_t>(read_u32(size, {"size"}), out.size());
  read_bytes(out.data(), count, value, {read_name(field)});
  return to_bytes(out.data(), count);
}

}  // namespace

void bind_build(py::module_& module) {
  module.def("version", &starkcore_version);
  module.def("compiler", &starkcore_compiler);
  module.def("engine", &starkcore_engine);
  module.def("engines", &engines);
  module.def("use_engine", &use_engine);
  module.def("strict", [] { return starkcore_strict() != 0; });
  module.def("use_strict", &use_strict);
  module.def("tables", &starkcore_tables);
  module.def("use_tables", &use_tables);
  module.def("number", &number);
  module.def("fixed_bytes", &fixed_bytes);
  module.def("selftest", [] { check(starkcore_selftest()); });
  // What pybind11 knows of a function is its __self__, and whoever called that one's type would end the process. The type is this module's own.
  seal_type(Py_TYPE(py::object(module.attr("selftest").attr("__self__")).ptr()));
}

}  // namespace binding

// No function here relies on the interpreter's lock: arguments that can change are read once, and nothing else is shared.
PYBIND11_MODULE(_native_in_main, module, pybind11::mod_gil_not_used()) {
  module.doc() = "starkcore's native core: see starkcore.h. Private: the public names are in starkcore.";
  // Read the environment now: later other threads may write to it.
  (void)starkcore_engine();
  (void)starkcore_strict();
  binding::bind_build(module);
  binding::bind_hashes(module);
  binding::bind_secret(module);
  binding::bind_public(module);
  binding::bind_starkex(module);
  binding::bind_order_table(module);
}

// pybind11's own start waits for ever in a second interpreter of CPython 3.11, whose lock that one holds already.
extern "C" PYBIND11_EXPORT PyObject* PyInit__native() {
  if (PyInterpreterState_Get() != PyInterpreterState_Main()) {
    PyErr_SetString(PyExc_ImportError,
                    "starkcore can be imported in the main interpreter only, not in a subinterpreter");
    return nullptr;
  }
  return PyInit__native_in_main();
}
