// Types whose instances native code makes, and nobody else: what Python holds of this module is finished, or it isn't there.
//
// An instance is allocated once its value exists, and has it until it is freed. Nothing in Python can make another one: a type here has no __new__
// (object's own refuses it, and so do copyreg and pickle, which use that), no base but object, no subclass, and can't be changed. pybind11's classes
// are otherwise: their __new__ gives out instances without a value, whose methods are then called with a null pointer; and their base ends the
// process when somebody calls it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "convert.hpp"

namespace binding {

// Takes away all that makes instances or changes the type; what it has so far stays.
void seal_type(PyTypeObject* type);

// How a T is held by Python. The type is made once, when the module is.
template <class T>
struct Native {
  struct Instance {
    PyObject_HEAD;
    const T* value;  // never nullptr, from before Python sees the instance until nobody does
  };

  static inline PyTypeObject* type = nullptr;
  static inline const char* noun = nullptr;  // for messages: "a PreparedMarket"

  static bool check(py::handle value) { return Py_TYPE(value.ptr()) == type; }

  static py::object make(std::unique_ptr<const T> value) {
    PyObject* self = type->tp_alloc(type, 0);
    if (self == nullptr) throw py::error_already_set();
    reinterpret_cast<Instance*>(self)->value = value.release();
    return py::reinterpret_steal<py::object>(self);
  }

  static void dealloc(PyObject* self) {
    PyTypeObject* const own = Py_TYPE(self);
    delete reinterpret_cast<Instance*>(self)->value;
    own->tp_free(self);
    Py_DECREF(own);
  }
};

// The T that Python holds. InputTypeError, with the parameter's name, for anything else.
template <class T>
const T& native_object(py::handle value, const char* name) {
  if (!Native<T>::check(value)) raise_type({name}, Native<T>::noun, value);
  return *reinterpret_cast<typename Native<T>::Instance*>(value.ptr())->value;
}

// Makes the type of T and adds it to the module. Methods are functions of a const T& and of Python objects, factories of Python objects alone; a
// std::unique_ptr<T> that they return becomes an instance.
template <class T>
class NativeType {
 public:
  // full_name: "starkcore._native.Secret"; noun: "a Secret".
  NativeType(const char* full_name, const char* noun, const char* doc) {
    PyType_Slot slots[] = {{Py_tp_dealloc, reinterpret_cast<void*>(&Native<T>::dealloc)},
                           {Py_tp_doc, const_cast<char*>(doc)},
                           {0, nullptr}};
    PyType_Spec spec{full_name, sizeof(typename Native<T>::Instance), 0,
                     Py_TPFLAGS_DEFAULT | Py_TPFLAGS_DISALLOW_INSTANTIATION, slots};
    type_ = py::reinterpret_steal<py::object>(PyType_FromSpec(&spec));
    if (!type_) throw py::error_already_set();
    Native<T>::noun = noun;
    def_reduce("__reduce__"), def_reduce("__reduce_ex__");
  }

  template <class Result, class... Arguments>
  NativeType& def(const char* name, Result (*method)(const T&, Arguments...)) {
    static_assert((std::is_same_v<Arguments, py::handle> && ...), "read in the method, so that no message shows one");
    const auto call = [method](py::handle self, Arguments... arguments) {
      return to_python(method(native_object<T>(self, "self"), arguments...));
    };
    type_.attr(name) = py::cpp_function(call, py::name(name), py::is_method(type_));
    return *this;
  }

  template <class... Arguments>
  NativeType& def_factory(const char* name, std::unique_ptr<T> (*make)(Arguments...)) {
    const auto call = [make](Arguments... arguments) { return to_python(make(arguments...)); };
    type_.attr(name) = py::staticmethod(py::cpp_function(call, py::name(name), py::scope(type_)));
    return *this;
  }

  // The type as it is from now on.
  void add_to(py::module_& module, const char* name) {
    auto* const type = reinterpret_cast<PyTypeObject*>(type_.ptr());
    seal_type(type);
    module.attr(name) = type_;
    Native<T>::type = reinterpret_cast<PyTypeObject*>(type_.release().ptr());  // for as long as the process lives
  }

 private:
  static py::object to_python(std::unique_ptr<T> made) { return Native<T>::make(std::move(made)); }
  template <class Result>
  static Result to_python(Result result) {
    return result;
  }

  // A copy or a pickle would be made by others.
  void def_reduce(const char* name) {
    const auto refuse = [](py::handle self, py::args) -> py::object {
      PyErr_Format(PyExc_TypeError, "%s can't be copied or pickled", Native<T>::check(self) ? Native<T>::noun : "this");
      throw py::error_already_set();
    };
    type_.attr(name) = py::cpp_function(refuse, py::name(name), py::is_method(type_));
  }

  py::object type_;
};

}  // namespace binding
