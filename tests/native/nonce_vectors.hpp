// Nonces computed with python-ecdsa 0.19.2, ecdsa.rfc6979.generate_k, called as generate_k_rfc6979 does in
// StarkWare's signature.py (cairo-lang 0.14.0.1), the extra entropy appended to the seed. For hash 0 StarkWare's
// code hands python-ecdsa no bytes at all, which it can't read as a number; there one zero byte was given instead.
#pragma once

namespace starkcore::test {

struct NonceVector {
  const char *what, *message_hash, *key, *seed;
  bool extra_entropy;  // the bytes e0, e1, … ff
  const char* nonce;
};

// The published order of dYdX and its key (dydx3, tests/starkex/test_order.py).
inline constexpr const char* kOrderHash = "677af4efbf821dac23ad4fea9aaa2a3075d2d80dd26b5c005c7b58f084e1075";
inline constexpr const char* kOrderKey = "58c7d5a90b1776bde86ebac077e053ed85b0f7164f53b080304a531947f46e3";

inline constexpr NonceVector kNonceVectors[] = {
    {"a hash of 251 bits", "6d1e4b70e95a43f807bc25968f34e1d2d2e1cb0f16a5bc787843a5e970cb1e2", kOrderKey, "0", false,
     "66b4e15e9485ed60d7c38f0572543ce3f327af9a8a9e9fea2e16900b4121fa5"},
    {"a hash of 250 bits", "368f25b874ad21fc03de12cb479a70e96970e5878b52de3c3c21d2f4b8658f1", kOrderKey, "0", false,
     "54d268f43b0ad2cb6ede4662cab871b22a185f0e405228d567b5e022e67d14b"},
    {"a hash of 249 bits", "1b4792dc3a5690fe01ef0965a3cd3874b4b872c3c5a96f1e1e10e97a5c32c78", kOrderKey, "0", false,
     "6671d96c92584ad374136611ef94e8edb23e9825a341b7462fb92250f248b18"},
    {"a hash of 248 bits", "da3c96e1d2b487f00f784b2d1e69c3a5a5c3961e2d4b78f0f0874bd2e1963c", kOrderKey, "0", false,
     "2e7b8c7b61ae21ca53c5bdd246613e403b8f9d3f53a03fe99cb2c0c6f9545ce"},
    {"a hash of 247 bits", "6d1e4b70e95a43f807bc25968f34e1d2d2e1cb0f16a5bc787843a5e970cb1e", kOrderKey, "0", false,
     "3e51f243130b557bf04747900594de13e80af66bf7df0fad040598fc317ab1e"},
    {"hash 0", "0", "5", "0", false, "35f6e341405e516c2fd796ca12f039c6971ab7a0f69b254e38ca7191f298dfb"},
    {"hash 1, key 1", "1", "1", "0", false, "2a3e2067f05114b62c785475a65b6c4a698b55f8707de4d3fe4cdd6238691ff"},
    {"hash 2^251 - 1, key n - 1", "7ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff",
     "800000000000010ffffffffffffffffb781126dcae7b2321e66a241adc64d2e", "0", false,
     "43cc371a7df19193c8e958c4a04d946bc36c96d6af1200a67e9a58bb91400d1"},
    {"the published order", kOrderHash, kOrderKey, "0", false,
     "438154817b18b4b60376e3f021a85d9bbd3b23b800c9285b3f8ef41dd0dee41"},
    {"a seed of 1 byte", kOrderHash, kOrderKey, "1", false,
     "8ded3b3b63cc538e9353cda89fb81f11b798b7538437b29d54cc7a2c3a17e7"},
    {"a seed of 1 byte", kOrderHash, kOrderKey, "20", false,
     "115d19a399c747c67e53b75053648bca82cd4c0b40802b8e2ce32d66791bf00"},
    {"a seed of 1 byte", kOrderHash, kOrderKey, "ff", false,
     "73984a951649360458cca3e676cadc228c5368850b61b3bbf2b17864811964c"},
    {"a seed of 2 bytes", kOrderHash, kOrderKey, "100", false,
     "41492d4c9e3e22db3b3637b47aa0d1374e4bc9ba98b9379556c7f2a7b5747eb"},
    {"a seed of 22 bytes", kOrderHash, kOrderKey, "ffffffffffffffffffffffffffffffffffffffffffff", false,
     "1ed307d8ae214a666b582cd78da8721103cfa6eadabd67a66ddb48dffc640f8"},
    {"a seed of 23 bytes", kOrderHash, kOrderKey, "100000000000000000000000000000000000000000000", false,
     "8fb935bfcf5f07448892aba238ab5427909b92eefd671ae54696a8d08975cc"},
    {"a seed of 31 bytes", kOrderHash, kOrderKey, "80000000000000000000000000000000000000000000000000000000000000",
     false, "d1d9681e46d4f0bf348d303bd3bd9210f55299e99ed428745d8d4eb9e477cd"},
    {"a seed of 32 bytes", kOrderHash, kOrderKey, "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000",
     false, "5a7c5c8281fba271d06b9acc7cbbb8374868d3de8979988137bfe4281fbea34"},
    {"extra entropy", kOrderHash, kOrderKey, "0", true,
     "231b8b1ca22d86b0ff80625b42199f01abd991e5f20d6ee6429ac321662e3fb"},
    {"seed and extra entropy", kOrderHash, kOrderKey, "20", true,
     "c3e8d40d4003cac4916ac1f3d90b8709a423e90fcd616f2850bf394d116097"},
    {"the longest extra data", kOrderHash, kOrderKey,
     "ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff0000", true,
     "7e21999cd3c0e234794aca24d2edc3aae99e9301b315a3dccbf0fd789526ba1"},
};

}  // namespace starkcore::test
