#include "native_type.hpp"

namespace binding {

PyObject* refuse_copy(const char* noun) {
  PyErr_Format(PyExc_TypeError, "%s can't be copied or pickled", noun);
  return nullptr;
}

PyTypeObject* add_sealed_type(py::handle module, const char* full_name, std::size_t size, PyType_Slot* slots) {
  PyType_Spec spec{full_name, static_cast<int>(size), 0,
                   Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION | Py_TPFLAGS_IMMUTABLETYPE, slots};
  py::object type = owned(PyType_FromSpec(&spec));
  if (PyModule_AddType(module.ptr(), reinterpret_cast<PyTypeObject*>(type.ptr())) != 0) throw ErrorIsSet{};
  return reinterpret_cast<PyTypeObject*>(type.release().ptr());  // for as long as the process lives
}

}  // namespace binding
