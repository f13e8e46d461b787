// A method that signs one order of keyword arguments without a frame of Python's.
//
// What a Python function does to hand its arguments on is quick in a tight loop, and dear after
// other work: its code, names and caches are fetched line by line, each waiting for the one before.
#include "order_reader.hpp"

// After Python's own header, which comes with the others.
#include <structmember.h>

namespace binding {

namespace {

// The instances of `owner` have what signs in slots. Until the class is made, and for all that
// isn't plain, the method is `function`, a Python function of the same arguments. It refers to its
// class, which refers to it: the garbage collector knows of both, so that at the interpreter's end
// they go, and with them what the function's module holds.
struct OrderMethod {
  PyObject_HEAD;
  vectorcallfunc call;
  PyObject* function;
  PyTypeObject* owner;
  Py_ssize_t secret, orders, checks_time;  // where an instance has them
};

PyTypeObject* method_type;

OrderMethod& method_of(PyObject* self) { return *reinterpret_cast<OrderMethod*>(self); }

py::object held(PyObject* instance, Py_ssize_t place) {
  return py::reinterpret_borrow<py::object>(slot(instance, place));
}

template <class T>
bool holds(const py::object& value) {
  return value && Native<T>::check(value);
}

void prefetch([[maybe_unused]] const char* address) {
#if !defined(_MSC_VER) || defined(__clang__)
  __builtin_prefetch(address);
#endif
}

// Asks for the caller's values, which are apart from each other in memory, all at once: what is not
// in the caches is waited for once in place of once each. A text's characters begin in the line of
// its head or in the next.
void prefetch_texts(PyObject* const* values, Py_ssize_t count) {
  for (Py_ssize_t i = 0; i < count; ++i) {
    const char* const head = reinterpret_cast<const char*>(values[i]);
    prefetch(head);
    prefetch(head + 64);
  }
}

// The signed order of the instance and so many keyword arguments; empty: it is for Python. So is a word given
// twice, by texts of subclasses that compare as they like: Python refuses it.
py::object sign_plain(const OrderMethod& method, PyObject* signer, PyObject* const* values, PyObject* names) {
  if (method.owner == nullptr || PyObject_TypeCheck(signer, method.owner) == 0) return {};
  prefetch_texts(values, PyTuple_GET_SIZE(names));
  const py::object secret = held(signer, method.secret), orders = held(signer, method.orders);
  const py::object checks_time = held(signer, method.checks_time);
  if (!holds<Secret>(secret) || !holds<OrderReader>(orders) || !checks_time) return {};
  Words words;
  for (Py_ssize_t i = 0; i < PyTuple_GET_SIZE(names); ++i) {
    const int word = word_of(PyTuple_GET_ITEM(names, i));
    if (word == kWords) return {};
    py::object& place = words[static_cast<std::size_t>(word)];
    if (place) return {};
    place = py::reinterpret_borrow<py::object>(values[i]);
  }
  return sign_words(native_object<Secret>(secret, "private_key"), native_object<OrderReader>(orders, "reader"), words,
                    checks_time.ptr() == Py_True);
}

PyObject* call(PyObject* self, PyObject* const* arguments, std::size_t flags, PyObject* names) noexcept {
  const OrderMethod& method = method_of(self);
  if (PyVectorcall_NARGS(flags) == 1 && names != nullptr) {
    PyObject* const done = result_of([&] { return sign_plain(method, arguments[0], arguments + 1, names); });
    if (done != nullptr || PyErr_Occurred() != nullptr) return done;
  }
  return PyObject_Vectorcall(method.function, arguments, flags, names);
}

// ---- The object ----

PyObject* bound_to(PyObject* self, PyObject* instance, PyObject*) {
  return instance == nullptr ? Py_NewRef(self) : PyMethod_New(self, instance);
}

bool is_own(PyObject* name) {
  return PyUnicode_CompareWithASCIIString(name, "__class__") == 0 ||
         PyUnicode_CompareWithASCIIString(name, "__set_name__") == 0;
}

// Its name, its text and all else are the function's, which is `__wrapped__`.
PyObject* attribute(PyObject* self, PyObject* name) {
  PyObject* const function = method_of(self).function;
  if (!PyUnicode_Check(name)) return PyObject_GetAttr(function, name);  // a TypeError
  if (PyUnicode_CompareWithASCIIString(name, "__wrapped__") == 0) return Py_NewRef(function);
  return is_own(name) ? PyObject_GenericGetAttr(self, name) : PyObject_GetAttr(function, name);
}

PyObject* represented(PyObject* self) { return PyObject_Repr(method_of(self).function); }

int traverse(PyObject* self, visitproc visit, void* arg) {
  Py_VISIT(Py_TYPE(self));
  Py_VISIT(method_of(self).function);
  Py_VISIT(method_of(self).owner);
  return 0;
}

// Without its class it is the function, which stays: whoever calls it meanwhile is answered.
int clear(PyObject* self) {
  Py_CLEAR(method_of(self).owner);
  return 0;
}

void dealloc(PyObject* self) {
  PyTypeObject* const own = Py_TYPE(self);
  PyObject_GC_UnTrack(self);
  Py_XDECREF(method_of(self).function);
  Py_XDECREF(reinterpret_cast<PyObject*>(method_of(self).owner));
  own->tp_free(self);
  Py_DECREF(own);
}

py::object make_method(py::handle function) {
  if (!PyFunction_Check(function.ptr())) raise_type({"function"}, "a function", function);
  py::object made = owned(method_type->tp_alloc(method_type, 0));
  OrderMethod& method = method_of(made.ptr());
  method.call = &call;
  method.function = Py_NewRef(function.ptr());
  return made;
}

// Called when the class is made.
PyObject* set_name(PyObject* self, PyObject* const* arguments, Py_ssize_t count) {
  if (!are_as_many(count, 2)) return nullptr;
  return result_of([&] {
    if (!PyType_Check(arguments[0])) raise_type({"owner"}, "a class", arguments[0]);
    OrderMethod& method = method_of(self);
    if (method.owner != nullptr) raise_value({"owner"}, "must be one class");
    method.secret = slot_of(arguments[0], interned("_secret"), "owner");
    method.orders = slot_of(arguments[0], interned("_orders"), "owner");
    method.checks_time = slot_of(arguments[0], interned("_check_expiration"), "owner");
    method.owner = reinterpret_cast<PyTypeObject*>(Py_NewRef(arguments[0]));
  });
}

}  // namespace

void bind_order_method(py::handle module) {
  static PyMethodDef methods[] = {static_method<make_method>("of"), method_entry("__set_name__", &set_name), {}};
  static PyMemberDef members[] = {{"__vectorcalloffset__", T_PYSSIZET, offsetof(OrderMethod, call), READONLY, nullptr},
                                  {}};
  PyType_Slot slots[] = {{Py_tp_methods, methods},
                         {Py_tp_members, members},
                         {Py_tp_call, reinterpret_cast<void*>(&PyVectorcall_Call)},
                         {Py_tp_descr_get, reinterpret_cast<void*>(&bound_to)},
                         {Py_tp_getattro, reinterpret_cast<void*>(&attribute)},
                         {Py_tp_repr, reinterpret_cast<void*>(&represented)},
                         {Py_tp_traverse, reinterpret_cast<void*>(&traverse)},
                         {Py_tp_clear, reinterpret_cast<void*>(&clear)},
                         {Py_tp_dealloc, reinterpret_cast<void*>(&dealloc)},
                         doc_slot("A method of orders' keyword arguments."),
                         {0, nullptr}};
  method_type = add_sealed_type(module, "starkcore._native.OrderMethod", sizeof(OrderMethod), slots,
                                Py_TPFLAGS_METHOD_DESCRIPTOR | Py_TPFLAGS_HAVE_VECTORCALL | Py_TPFLAGS_HAVE_GC);
}

}  // namespace binding
