#include "native_type.hpp"

// After Python's own header, which comes with the other.
#include <structmember.h>

namespace binding {

PyObject* refuse_copy(const char* noun) {
  PyErr_Format(PyExc_TypeError, "%s can't be copied or pickled", noun);
  return nullptr;
}

PyTypeObject* add_sealed_type(py::handle module, const char* full_name, std::size_t size, PyType_Slot* slots,
                              unsigned long more_flags) {
  constexpr unsigned long sealed = Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;
  PyType_Spec spec{full_name, static_cast<int>(size), 0, static_cast<unsigned>(sealed | more_flags), slots};
  py::object type = owned(PyType_FromSpec(&spec));
  if (PyModule_AddType(module.ptr(), reinterpret_cast<PyTypeObject*>(type.ptr())) != 0) throw ErrorIsSet{};
  return reinterpret_cast<PyTypeObject*>(type.release().ptr());  // for as long as the process lives
}

PyObject* interned(const char* text) {
  PyObject* name = PyUnicode_InternFromString(text);
  if (name == nullptr) throw ErrorIsSet{};
  return name;
}

Py_ssize_t slot_of(py::handle kind, PyObject* name, const char* field) {
  const py::object found = owned(PyObject_GetAttr(kind.ptr(), name));
  const bool is_slot = Py_IS_TYPE(found.ptr(), &PyMemberDescr_Type) &&
                       PyDescr_TYPE(found.ptr()) == reinterpret_cast<PyTypeObject*>(kind.ptr());
  if (!is_slot) raise_value({field}, "must be a class with slots");
  return reinterpret_cast<PyMemberDescrObject*>(found.ptr())->d_member->offset;
}

}  // namespace binding
