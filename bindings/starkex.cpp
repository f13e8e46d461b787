// StarkEx perpetual messages, amounts and whole orders.
#include <iterator>
#include <utility>

#include "human_order.hpp"
#include "nonce.hpp"

namespace binding {

namespace {

const char* const kBelow250 = "must be in [0, 2^250)";
const char* const kBelow251 = "must be in [0, 2^251)";

void read_id(std::uint8_t out[32], py::handle value, const char* name, const char* range) {
  read_int(out, 32, value, {name, range});
}

bool read_bool(py::handle value, const char* name) {
  if (!PyBool_Check(value.ptr())) raise_type({name}, "a bool", value);
  return value.is(py::bool_(true));
}

int nonce_bytes(py::handle first_bytes) {
  return read_bool(first_bytes, "first_bytes") ? STARKCORE_NONCE_FIRST : STARKCORE_NONCE_LAST;
}

py::object order_hash(py::handle synthetic_id, py::handle collateral_id, py::handle fee_asset_id,
                      py::handle quantums_synthetic, py::handle quantums_collateral, py::handle quantums_fee,
                      py::handle position_id, py::handle nonce, py::handle expiration_hours,
                      py::handle is_buying_synthetic) {
  starkcore_order order{};
  read_id(order.synthetic_id, synthetic_id, "synthetic_id", "must be in [0, 2^128)");
  read_id(order.collateral_id, collateral_id, "collateral_id", kBelow250);
  read_id(order.fee_asset_id, fee_asset_id, "fee_asset_id", kBelow250);
  order.quantums_synthetic = read_u64(quantums_synthetic, amount_field("quantums_synthetic"));
  order.quantums_collateral = read_u64(quantums_collateral, amount_field("quantums_collateral"));
  order.quantums_fee = read_u64(quantums_fee, amount_field("quantums_fee"));
  order.position_id = read_u64(position_id, {"position_id"});
  order.nonce = read_u32(nonce, {"nonce"});
  order.expiration_hours = read_u32(expiration_hours, kExpirationHours);
  order.is_buying_synthetic = read_bool(is_buying_synthetic, "is_buying_synthetic");
  Bytes32 hash;
  check(starkcore_order_hash(hash.data(), &order));
  return int_from_bytes(hash.data(), hash.size());
}

// condition is None for an unconditional transfer.
py::object transfer_hash(py::handle asset_id, py::handle fee_asset_id, py::handle receiver_key, py::handle condition,
                         py::handle sender_position_id, py::handle receiver_position_id, py::handle fee_position_id,
                         py::handle quantums_amount, py::handle quantums_max_fee, py::handle nonce,
                         py::handle expiration_hours) {
  starkcore_transfer transfer{};
  read_id(transfer.asset_id, asset_id, "asset_id", kBelow250);
  read_id(transfer.fee_asset_id, fee_asset_id, "fee_asset_id", kBelow250);
  read_id(transfer.receiver_key, receiver_key, "receiver_key", kBelow251);
  transfer.conditional = !condition.is_none();
  if (transfer.conditional) read_id(transfer.condition, condition, "condition", kBelow251);
  transfer.sender_position_id = read_u64(sender_position_id, {"sender_position_id"});
  transfer.receiver_position_id = read_u64(receiver_position_id, {"receiver_position_id"});
  transfer.fee_position_id = read_u64(fee_position_id, {"fee_position_id"});
  transfer.quantums_amount = read_u64(quantums_amount, amount_field("quantums_amount"));
  transfer.quantums_max_fee = read_u64(quantums_max_fee, amount_field("quantums_max_fee"));
  transfer.nonce = read_u32(nonce, {"nonce"});
  transfer.expiration_hours = read_u32(expiration_hours, kExpirationHours);
  Bytes32 hash;
  check(starkcore_transfer_hash(hash.data(), &transfer));
  return int_from_bytes(hash.data(), hash.size());
}

// eth_address is None for a withdrawal to the key's own address.
py::object withdrawal_hash(py::handle collateral_id, py::handle eth_address, py::handle position_id,
                           py::handle quantums_amount, py::handle nonce, py::handle expiration_hours) {
  starkcore_withdrawal withdrawal{};
  read_id(withdrawal.collateral_id, collateral_id, "collateral_id", kBelow250);
  withdrawal.to_address = !eth_address.is_none();
  if (withdrawal.to_address) read_bytes(withdrawal.eth_address, 20, eth_address, {"eth_address"});
  withdrawal.position_id = read_u64(position_id, {"position_id"});
  withdrawal.quantums_amount = read_u64(quantums_amount, amount_field("quantums_amount"));
  withdrawal.nonce = read_u32(nonce, {"nonce"});
  withdrawal.expiration_hours = read_u32(expiration_hours, kExpirationHours);
  Bytes32 hash;
  check(starkcore_withdrawal_hash(hash.data(), &withdrawal));
  return int_from_bytes(hash.data(), hash.size());
}

const char* amount_text(std::size_t* size, py::handle text, const Field& field) {
  return read_text(size, text, field, starkcore_rule_text(STARKCORE_RULE_SYNTAX));
}

const char* client_id_text(std::size_t* size, py::handle text) {
  return read_text(size, text, {"client_id"}, "must be text without lone surrogates");
}

py::object quantums(py::handle amount, py::handle resolution, py::handle rounding, py::handle field) {
  std::size_t size = 0;
  const char* name = read_name(field);
  const char* text = amount_text(&size, amount, amount_field(name));
  std::uint64_t result = 0;
  check(starkcore_quantums(&result, text, size, read_u64(resolution, {"resolution"}),
                           static_cast<int>(read_u32(rounding, {"rounding"}))),
        name);
  return to_int(result);
}

py::object nonce_from_client_id(py::handle client_id, py::handle first_bytes) {
  std::size_t size = 0;
  const char* text = client_id_text(&size, client_id);
  return to_int(starkcore_nonce_of_client_id(text, size, nonce_bytes(first_bytes)));
}

}  // namespace

starkcore_human_order human_order(py::handle parts) {
  const py::tuple tuple = read_tuple(parts, {"order"}, 8);
  const auto part = [&tuple](Py_ssize_t i) { return py::handle(PyTuple_GET_ITEM(tuple.ptr(), i)); };
  starkcore_human_order order{};
  order.market = &native_object<PreparedMarket>(part(0), "market").native;
  order.tail = &native_object<OrderTail>(part(1), "expiration").native;
  order.is_buying_synthetic = read_bool(part(2), "side");
  order.size = amount_text(&order.size_size, part(3), amount_field("size"));
  order.price = amount_text(&order.price_size, part(4), amount_field("price"));
  order.limit_fee = amount_text(&order.limit_fee_size, part(5), amount_field("limit_fee"));
  if (part(6).is_none()) {
    order.nonce = read_u32(part(7), {"nonce"});
  } else {
    order.client_id = client_id_text(&order.client_id_size, part(6));
  }
  return order;
}

namespace {

// A list in the order of SignedOrder's fields, the signature as bytes.
py::object result(const starkcore_signed_order& order) {
  const std::uint64_t numbers[] = {order.nonce,        order.quantums_synthetic, order.quantums_collateral,
                                   order.quantums_fee, order.position_id,        order.expiration_hours};
  const py::object out = owned(PyList_New(2 + static_cast<Py_ssize_t>(std::size(numbers))));
  Py_ssize_t place = 0;
  const auto add = [&](py::object value) { PyList_SET_ITEM(out.ptr(), place++, value.release().ptr()); };
  add(to_bytes(order.signature, sizeof order.signature));
  add(int_from_bytes(order.hash, sizeof order.hash));
  for (const std::uint64_t number : numbers) add(to_int(number));
  return out;
}

// The same of an order that nobody hashes: the hash is 0.
py::object read_order(py::handle parts) {
  const auto order = human_order(parts);
  starkcore_signed_order out;
  check(starkcore_read_order(&out, &order));
  return result(out);
}

py::object hash_order(py::handle parts) {
  const auto order = human_order(parts);
  starkcore_signed_order out;
  starkcore_status status;
  check(starkcore_hash_orders(&out, &status, &order, 1));
  return result(out);
}

py::object sign_order(py::handle secret, py::handle parts) {
  const auto order = human_order(parts);
  starkcore_signed_order out;
  starkcore_status status;
  const auto& key = native_object<Secret>(secret, "private_key");
  const NonceOptions options(key);
  check(starkcore_sign_orders(&out, &status, &order, 1, key.data(), options.get()));
  return result(out);
}

std::unique_ptr<PreparedMarket> prepare_market(py::handle synthetic_id, py::handle collateral_id,
                                               py::handle fee_asset_id, py::handle synthetic_resolution,
                                               py::handle collateral_resolution) {
  auto market = std::make_unique<PreparedMarket>();
  Bytes32 synthetic, collateral, fee;
  read_id(synthetic.data(), synthetic_id, "synthetic_id", "must be in [0, 2^128)");
  read_id(collateral.data(), collateral_id, "collateral_id", kBelow250);
  read_id(fee.data(), fee_asset_id, "fee_asset_id", kBelow250);
  check(starkcore_market_init(&market->native, synthetic.data(), collateral.data(), fee.data(),
                              read_u64(synthetic_resolution, {"synthetic_resolution"}),
                              read_u64(collateral_resolution, {"collateral_resolution"})));
  return market;
}

std::unique_ptr<OrderTail> prepare_tail(py::handle position_id, py::handle expiration_hours) {
  const std::uint64_t position = read_u64(position_id, {"position_id"});
  return order_tail(position, read_u32(expiration_hours, kExpirationHours));
}

}  // namespace

void bind_starkex(py::handle module) {
  static PyMethodDef table[] = {entry<order_hash>("order_hash"),
                                entry<transfer_hash>("transfer_hash"),
                                entry<withdrawal_hash>("withdrawal_hash"),
                                entry<quantums>("quantums"),
                                entry<nonce_from_client_id>("nonce_from_client_id"),
                                entry<read_order>("read_order"),
                                entry<hash_order>("hash_order"),
                                entry<sign_order>("sign_order"),
                                {}};
  add_functions(module, table);
  module.attr("ROUND_EXACT") = static_cast<int>(STARKCORE_ROUND_EXACT);
  module.attr("ROUND_DOWN") = static_cast<int>(STARKCORE_ROUND_DOWN);
  module.attr("ROUND_UP") = static_cast<int>(STARKCORE_ROUND_UP);
  static PyMethodDef market[] = {static_method<prepare_market>("of"),
                                 refused_copy<PreparedMarket>("__reduce__"),
                                 refused_copy<PreparedMarket>("__reduce_ex__"),
                                 {}};
  add_type<PreparedMarket>(module, "starkcore._native.PreparedMarket", "a prepared market",
                           {doc_slot("A market, made ready for orders."), {Py_tp_methods, market}});
  static PyMethodDef tail[] = {static_method<prepare_tail>("of"),
                               refused_copy<OrderTail>("__reduce__"),
                               refused_copy<OrderTail>("__reduce_ex__"),
                               {}};
  add_type<OrderTail>(module, "starkcore._native.OrderTail", "an order's tail",
                      {doc_slot("Position and expiry of an order."), {Py_tp_methods, tail}});
}

}  // namespace binding
