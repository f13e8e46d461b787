// Types whose instances native code makes, and nobody else: what Python holds of this module is
// finished, or it isn't there.
//
// An instance is allocated once its value exists, and has it until it is freed. Nothing in Python
// can make another one: a type here has no __new__ (object's own refuses it, and so do copyreg and
// pickle, which use that), no base but object, no subclass, and can't be changed. pybind11's
// classes are otherwise: their __new__ gives out instances without a value, whose methods are then
// called with a null pointer; and their base ends the process when somebody calls it.
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "convert.hpp"

namespace binding {

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
    if (self == nullptr) throw ErrorIsSet{};
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

// What a function that makes a native object gives Python.
template <class T>
PyObject* to_python(std::unique_ptr<T> made) {
  return Native<T>::make(std::move(made)).release().ptr();
}

template <auto function>
struct CallMethod;

template <class Result, class T, class... Arguments, Result (*function)(const T&, Arguments...)>
struct CallMethod<function> {
  static_assert((std::is_same_v<Arguments, py::handle> && ...), "read in the method, so that no message shows one");

  template <std::size_t... I>
  static PyObject* with(PyObject* self, [[maybe_unused]] PyObject* const* arguments, std::index_sequence<I...>) {
    return result_of([&] { return function(native_object<T>(self, "self"), py::handle(arguments[I])...); });
  }

  static PyObject* call(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
    if (!are_as_many(count, sizeof...(Arguments))) return nullptr;
    return with(self, arguments, std::index_sequence_for<Arguments...>());
  }
};

// A method: a function of a const T& and of Python objects.
template <auto function>
PyMethodDef method(const char* name) {
  return method_entry(name, &CallMethod<function>::call);
}

// Sets the exception for who would copy or pickle it.
PyObject* refuse_copy(const char* noun);

// A method that refuses it: a copy or a pickle would be made by others.
template <class T>
PyMethodDef refused_copy(const char* name) {
  const PyCFunction refuse = [](PyObject* self, PyObject*) {
    return refuse_copy(Native<T>::check(self) ? Native<T>::noun : "this");
  };
  return {name, refuse, METH_VARARGS, nullptr};
}

// Makes a type of those slots, without a constructor and unchangeable, and adds it to the module.
PyTypeObject* add_sealed_type(py::handle module, const char* full_name, std::size_t size, PyType_Slot* slots,
                              unsigned long more_flags = 0);

// Makes the type of T and adds it to the module. `more`, and the table of methods in it, says what it has besides.
// full_name: "starkcore._native.Secret"; noun: "a Secret".
template <class T, std::size_t count>
void add_type(py::handle module, const char* full_name, const char* noun, const PyType_Slot (&more)[count]) {
  PyType_Slot slots[count + 2];
  for (std::size_t i = 0; i < count; ++i) slots[i] = more[i];
  slots[count] = {Py_tp_dealloc, reinterpret_cast<void*>(&Native<T>::dealloc)};
  slots[count + 1] = {0, nullptr};
  Native<T>::noun = noun;
  Native<T>::type = add_sealed_type(module, full_name, sizeof(typename Native<T>::Instance), slots);
}

// A text that is kept for as long as the process lives.
PyObject* interned(const char* text);

// Where instances of a class have the slot of that name; `field` is what the class is called where it has none.
Py_ssize_t slot_of(py::handle kind, PyObject* name, const char* field);

// What is there; nullptr: nothing.
inline PyObject*& slot(py::handle instance, Py_ssize_t place) {
  return *reinterpret_cast<PyObject**>(reinterpret_cast<char*>(instance.ptr()) + place);
}

inline PyType_Slot doc_slot(const char* text) { return {Py_tp_doc, const_cast<char*>(text)}; }

}  // namespace binding
