// What this build is, which engine runs, and the module itself.
#include <algorithm>
#include <cstring>

#include "convert.hpp"

namespace binding {

namespace {

py::object engines() {
  const py::object names = new_list();
  for (std::size_t i = 0; const char* name = starkcore_engine_at(i); ++i)
    append(names, owned(PyUnicode_FromString(name)));
  return names;
}

void use_engine(py::handle name) {
  const Field field{"engine"};
  if (!PyUnicode_Check(name.ptr())) raise_type(field, "text", name);
  Py_ssize_t size = 0;
  const char* text = PyUnicode_AsUTF8AndSize(name.ptr(), &size);
  if (text == nullptr) drop_refusal();
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
    throw ErrorIsSet{};
  }
  check(status);
}

bool strict() { return starkcore_strict() != 0; }

void selftest() { check(starkcore_selftest()); }

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
  static PyMethodDef table[] = {entry<starkcore_version>("version"),
                                entry<starkcore_compiler>("compiler"),
                                entry<starkcore_engine>("engine"),
                                entry<engines>("engines"),
                                entry<use_engine>("use_engine"),
                                entry<strict>("strict"),
                                entry<use_strict>("use_strict"),
                                entry<starkcore_tables>("tables"),
                                entry<use_tables>("use_tables"),
                                entry<number>("number"),
                                entry<fixed_bytes>("fixed_bytes"),
                                entry<selftest>("selftest"),
                                {}};
  add_functions(module, table);
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
  binding::bind_messages(module);
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
