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

py::object message_hash(py::handle value) {
  Bytes32 out;
  read_number(out.data(), value, kMessageHash);
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

void bind_build(py::handle module) {
  static PyMethodDef table[] = {entry<starkcore_version>("version"), entry<starkcore_compiler>("compiler"),
                                entry<starkcore_engine>("engine"),   entry<engines>("engines"),
                                entry<use_engine>("use_engine"),     entry<strict>("strict"),
                                entry<use_strict>("use_strict"),     entry<starkcore_tables>("tables"),
                                entry<use_tables>("use_tables"),     entry<number>("number"),
                                entry<message_hash>("message_hash"), entry<fixed_bytes>("fixed_bytes"),
                                entry<selftest>("selftest"),         {}};
  add_functions(module, table);
}

}  // namespace binding

namespace {

// Where not, the exception is set.
bool in_main_interpreter() {
  if (PyInterpreterState_Get() == PyInterpreterState_Main()) return true;
  PyErr_SetString(PyExc_ImportError, "starkcore can be imported in the main interpreter only, not in a subinterpreter");
  return false;
}

// Fills the module; an import after the first one gets what that made: types are made once.
int fill(PyObject* raw) noexcept {
  static PyObject* first = nullptr;
  // CPython 3.13 calls PyInit__native in the main interpreter, whichever asked for the module.
  if (!in_main_interpreter()) return -1;
  if (first != nullptr) return PyDict_Update(PyModule_GetDict(raw), PyModule_GetDict(first));
  PyObject* const done = binding::result_of([&] {
    // Read the environment now: later other threads may write to it.
    (void)starkcore_engine();
    (void)starkcore_strict();
    const binding::py::handle module(raw);
    binding::bind_build(module);
    binding::bind_hashes(module);
    binding::bind_secret(module);
    binding::bind_public(module);
    binding::bind_starkex(module);
    binding::bind_order_reader(module);
    binding::bind_order_method(module);
    binding::bind_order_table(module);
    binding::bind_messages(module);
    binding::bind_message_rows(module);
  });
  if (done == nullptr) return -1;
  Py_DECREF(done);
  first = Py_NewRef(raw);
  return 0;
}

}  // namespace

// By the interpreter's own interface: pybind11's start would make a base class that anybody finds,
// and that ends the process when it is called; and in a second interpreter of CPython 3.11 it waits
// for ever, for a lock that the interpreter holds.
extern "C" PYBIND11_EXPORT PyObject* PyInit__native() {
  static PyModuleDef_Slot slots[] = {
    {Py_mod_exec, reinterpret_cast<void*>(&fill)},
#if PY_VERSION_HEX >= 0x030C0000
    {Py_mod_multiple_interpreters, Py_MOD_MULTIPLE_INTERPRETERS_NOT_SUPPORTED},
#endif
#if PY_VERSION_HEX >= 0x030D0000
    // No function here relies on the lock: arguments that can change are read once, and nothing else is shared.
    {Py_mod_gil, Py_MOD_GIL_NOT_USED},
#endif
    {0, nullptr}
  };
  static PyModuleDef definition{PyModuleDef_HEAD_INIT,
                                "_native",
                                "starkcore's native core: see starkcore.h. Private: the public names are in starkcore.",
                                0,
                                nullptr,
                                slots,
                                nullptr,
                                nullptr,
                                nullptr};
  if (!in_main_interpreter()) return nullptr;
  return PyModuleDef_Init(&definition);
}
