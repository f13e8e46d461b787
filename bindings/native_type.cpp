#include "native_type.hpp"

namespace binding {

void seal_type(PyTypeObject* type) {
  // In the dictionary are wrappers of the slots as they were.
  for (const char* name : {"__new__", "__init__"}) {
    if (PyDict_DelItemString(type->tp_dict, name) == 0) continue;
    if (PyErr_ExceptionMatches(PyExc_KeyError) == 0) throw py::error_already_set();
    PyErr_Clear();
  }
  type->tp_new = nullptr;
  type->tp_init = PyBaseObject_Type.tp_init;
  type->tp_flags |= Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE;
  PyType_Modified(type);
}

}  // namespace binding
