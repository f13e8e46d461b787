# pragma version 0.4.3
# SPDX-License-Identifier: Apache-2.0
"""
@title The part of StarkEx's perpetual contract that an account touches
@notice For tests and the local exchange, not for money: one administrator, who also stands in for the proofs of the
        real contract and credits withdrawals. Function names, parameters, events and the texts of refusals are those
        of the contract on mainnet (0xD54f502e184B6B739d7D27a6410a67dc462D69c8).
"""

from ethereum.ercs import IERC20

# The Stark curve: y² = x³ + x + BETA modulo K.
K_MODULUS: constant(uint256) = 2**251 + 17 * 2**192 + 1
K_BETA: constant(uint256) = 3141592653589793238462643383279502884197169399375105820974944592307816406665
EC_ORDER: constant(uint256) = 3618502788666131213697322783095070105526743751716087489154079457884512865583
EC_GEN_X: constant(uint256) = 874739451078007766457464989774322083649278607533249481151382481072868806602
EC_GEN_Y: constant(uint256) = 152666792071518830868575557812948353041420400780739481342941381225525861407
EC_BITS: constant(uint256) = 251  # r and 1/s are below 2 to that power
VAULTS: constant(uint256) = 2**64
QUANTIZED: constant(uint256) = 2**64

event LogUserRegistered:
    ethKey: address
    starkKey: uint256
    sender: address

event LogDeposit:
    depositorEthKey: address
    starkKey: uint256
    vaultId: uint256
    assetType: uint256
    nonQuantizedAmount: uint256
    quantizedAmount: uint256

event LogWithdrawalAllowed:
    starkKey: uint256
    assetType: uint256
    nonQuantizedAmount: uint256
    quantizedAmount: uint256

event LogWithdrawalPerformed:
    starkKey: uint256
    assetType: uint256
    nonQuantizedAmount: uint256
    quantizedAmount: uint256
    recipient: address

struct Point:
    x: uint256
    y: uint256  # both 0: the neutral element, which has no coordinates

struct Asset:
    quantum: uint256  # units of the token in one quantum; 0: not registered
    token: address  # empty: ether

admin: public(address)
userAdmin: address
ethKeys: HashMap[uint256, address]
assets: HashMap[uint256, Asset]
deposits: HashMap[uint256, HashMap[uint256, HashMap[uint256, uint256]]]
withdrawals: HashMap[uint256, HashMap[uint256, uint256]]


@deploy
def __init__(user_admin: address):
    """
    @param user_admin Whose signature lets a user register: the exchange's own key.
    """
    self.admin = msg.sender
    self.userAdmin = user_admin


# ---- Administration: not part of the real interface ----


@external
def registerAsset(assetType: uint256, token: address, quantum: uint256):
    """
    @param token The ERC-20 contract, or the empty address for ether.
    @param quantum Units of the token in one quantum.
    """
    assert msg.sender == self.admin, "ONLY_GOVERNANCE"
    assert self.assets[assetType].quantum == 0, "ASSET_ALREADY_REGISTERED"
    assert quantum != 0, "INVALID_QUANTUM"
    self.assets[assetType] = Asset(quantum=quantum, token=token)


@external
def allowWithdrawal(starkKey: uint256, assetType: uint256, quantizedAmount: uint256):
    """
    @notice What the real contract does once a withdrawal is proved.
    """
    assert msg.sender == self.admin, "ONLY_OPERATOR"
    quantum: uint256 = self._quantum(assetType)
    self.withdrawals[starkKey][assetType] += quantizedAmount
    log LogWithdrawalAllowed(
        starkKey=starkKey,
        assetType=assetType,
        nonQuantizedAmount=quantizedAmount * quantum,
        quantizedAmount=quantizedAmount,
    )


# ---- Users ----


@external
def registerUser(ethKey: address, starkKey: uint256, signature: Bytes[65]):
    assert starkKey != 0, "INVALID_STARK_KEY"
    assert starkKey < K_MODULUS, "INVALID_STARK_KEY"
    assert ethKey != empty(address), "INVALID_ETH_ADDRESS"
    assert self.ethKeys[starkKey] == empty(address), "STARK_KEY_UNAVAILABLE"
    assert self._is_on_curve(starkKey), "INVALID_STARK_KEY"
    assert len(signature) == 65, "INVALID_SIGNATURE"
    digest: bytes32 = keccak256(concat(b"UserRegistration:", convert(ethKey, bytes20), convert(starkKey, bytes32)))
    signer: address = ecrecover(
        digest,
        convert(slice(signature, 64, 1), uint256),
        extract32(signature, 0, output_type=uint256),
        extract32(signature, 32, output_type=uint256),
    )
    assert signer != empty(address), "INVALID_SIGNATURE"
    assert signer == self.userAdmin, "INVALID_SIGNATURE"
    self.ethKeys[starkKey] = ethKey
    log LogUserRegistered(ethKey=ethKey, starkKey=starkKey, sender=msg.sender)


@external
def registerEthAddress(ethKey: address, starkKey: uint256, starkSignature: Bytes[96]):
    """
    @notice By the Stark key's own signature, r, s and the key's y: as StarkEx's contracts have it from version 4.0.1 on.
    """
    assert starkKey != 0, "INVALID_STARK_KEY"
    assert starkKey < K_MODULUS, "INVALID_STARK_KEY"
    assert ethKey != empty(address), "INVALID_ETH_ADDRESS"
    assert self.ethKeys[starkKey] == empty(address), "STARK_KEY_UNAVAILABLE"
    assert self._is_on_curve(starkKey), "INVALID_STARK_KEY"
    assert len(starkSignature) == 96, "INVALID_STARK_SIGNATURE"
    digest: bytes32 = keccak256(concat(b"UserRegistration:", convert(ethKey, bytes20), convert(starkKey, bytes32)))
    self._verify(
        convert(digest, uint256) % EC_ORDER,
        extract32(starkSignature, 0, output_type=uint256),
        extract32(starkSignature, 32, output_type=uint256),
        Point(x=starkKey, y=extract32(starkSignature, 64, output_type=uint256)),
    )
    self.ethKeys[starkKey] = ethKey
    log LogUserRegistered(ethKey=ethKey, starkKey=starkKey, sender=msg.sender)


@view
@external
def getEthKey(starkKey: uint256) -> address:
    return self._eth_key(starkKey)


@view
@external
def isUserAdmin(testedUserAdmin: address) -> bool:
    return testedUserAdmin == self.userAdmin


# ---- Deposits ----


@payable
@external
def deposit(starkKey: uint256, assetType: uint256, vaultId: uint256, quantizedAmount: uint256 = max_value(uint256)):
    """
    @notice Two functions of the real interface: with an amount, of an ERC-20 that was approved; without, of the ether
            that is sent along. The length of the call tells them apart.
    """
    asset: Asset = self.assets[assetType]
    assert asset.quantum != 0, "INVALID_ASSET_TYPE"
    amount: uint256 = quantizedAmount
    if len(msg.data) == 4 + 3 * 32:
        assert asset.token == empty(address), "INVALID_ASSET_TYPE"
        assert msg.value % asset.quantum == 0, "INVALID_AMOUNT"
        amount = msg.value // asset.quantum
    else:
        assert msg.value == 0, "NOT_PAYABLE"
        assert asset.token != empty(address), "INVALID_ASSET_TYPE"
    assert starkKey != 0, "INVALID_STARK_KEY"
    assert starkKey < K_MODULUS, "INVALID_STARK_KEY"
    assert self._is_on_curve(starkKey), "INVALID_STARK_KEY"
    assert vaultId < VAULTS, "OUT_OF_RANGE_POSITION_ID"
    assert amount < QUANTIZED, "DEPOSIT_OVERFLOW"
    balance: uint256 = self.deposits[starkKey][assetType][vaultId] + amount
    assert balance < QUANTIZED, "DEPOSIT_OVERFLOW"
    self.deposits[starkKey][assetType][vaultId] = balance
    if asset.token != empty(address):
        assert extcall IERC20(asset.token).transferFrom(
            msg.sender, self, amount * asset.quantum, default_return_value=True
        ), "TOKEN_TRANSFER_FAILED"
    log LogDeposit(
        depositorEthKey=msg.sender,
        starkKey=starkKey,
        vaultId=vaultId,
        assetType=assetType,
        nonQuantizedAmount=amount * asset.quantum,
        quantizedAmount=amount,
    )


@view
@external
def getDepositBalance(starkKey: uint256, assetId: uint256, vaultId: uint256) -> uint256:
    return self.deposits[starkKey][assetId][vaultId] * self._quantum(assetId)


@view
@external
def getQuantizedDepositBalance(starkKey: uint256, assetId: uint256, vaultId: uint256) -> uint256:
    return self.deposits[starkKey][assetId][vaultId]


# ---- Withdrawals ----


@nonreentrant
@external
def withdraw(starkKey: uint256, assetType: uint256):
    """
    @notice To the Ethereum address of the key. Anybody may pay for the transaction.
    """
    self._withdraw(starkKey, assetType, self._eth_key(starkKey))


@nonreentrant
@external
def withdrawTo(starkKey: uint256, assetType: uint256, recipient: address):
    """
    @notice To any address; only the Ethereum address of the key may say so.
    """
    assert msg.sender == self._eth_key(starkKey), "MISMATCHING_STARK_ETH_KEYS"
    assert recipient != empty(address), "INVALID_RECIPIENT"
    self._withdraw(starkKey, assetType, recipient)


@view
@external
def getWithdrawalBalance(starkKey: uint256, assetId: uint256) -> uint256:
    return self.withdrawals[starkKey][assetId] * self._quantum(assetId)


@internal
def _withdraw(stark_key: uint256, asset_type: uint256, recipient: address):
    quantum: uint256 = self._quantum(asset_type)
    quantized: uint256 = self.withdrawals[stark_key][asset_type]
    assert quantized != 0, "NO_PENDING_WITHDRAWAL_BALANCE"
    amount: uint256 = quantized * quantum
    self.withdrawals[stark_key][asset_type] = 0
    token: address = self.assets[asset_type].token
    if token == empty(address):
        assert raw_call(recipient, b"", value=amount, revert_on_failure=False), "ETHER_TRANSFER_FAILED"
    else:
        assert extcall IERC20(token).transfer(recipient, amount, default_return_value=True), "TOKEN_TRANSFER_FAILED"
    log LogWithdrawalPerformed(
        starkKey=stark_key,
        assetType=asset_type,
        nonQuantizedAmount=amount,
        quantizedAmount=quantized,
        recipient=recipient,
    )


# ---- Common ----


@view
@internal
def _eth_key(stark_key: uint256) -> address:
    eth_key: address = self.ethKeys[stark_key]
    assert eth_key != empty(address), "USER_UNREGISTERED"
    return eth_key


@view
@internal
def _quantum(asset_type: uint256) -> uint256:
    quantum: uint256 = self.assets[asset_type].quantum
    assert quantum != 0, "INVALID_ASSET_TYPE"
    return quantum


@view
@internal
def _is_on_curve(x: uint256) -> bool:
    """
    @notice Whether x³ + x + BETA is a square modulo K: Euler's criterion.
    """
    return self._power(self._square_of_y(x), (K_MODULUS - 1) // 2, K_MODULUS) == 1


@pure
@internal
def _square_of_y(x: uint256) -> uint256:
    cube: uint256 = uint256_mulmod(uint256_mulmod(x, x, K_MODULUS), x, K_MODULUS)
    return uint256_addmod(uint256_addmod(cube, x, K_MODULUS), K_BETA, K_MODULUS)


@view
@internal
def _power(base: uint256, exponent: uint256, modulus: uint256) -> uint256:
    """
    @notice By the precompiled contract for powers.
    """
    length: bytes32 = convert(convert(32, uint256), bytes32)
    answer: Bytes[32] = raw_call(
        0x0000000000000000000000000000000000000005,
        concat(
            length,
            length,
            length,
            convert(base, bytes32),
            convert(exponent, bytes32),
            convert(modulus, bytes32),
        ),
        max_outsize=32,
        is_static_call=True,
    )
    return convert(answer, uint256)


# ---- ECDSA on the Stark curve ----


@view
@internal
def _verify(message_hash: uint256, r: uint256, s: uint256, key: Point):
    """
    @notice The textbook's equation, (message_hash / s) G + (r / s) Q has r for its x, and the bounds of StarkEx.
    """
    assert s >= 1 and s < EC_ORDER, "s out of range"
    w: uint256 = self._power(s, EC_ORDER - 2, EC_ORDER)
    assert r >= 1 and r < 2**EC_BITS, "r out of range"
    assert w >= 1 and w < 2**EC_BITS, "w out of range"
    assert uint256_mulmod(key.y, key.y, K_MODULUS) == self._square_of_y(key.x), "INVALID_STARK_KEY"
    generator: Point = Point(x=EC_GEN_X, y=EC_GEN_Y)
    first: uint256 = uint256_mulmod(message_hash, w, EC_ORDER)
    second: uint256 = uint256_mulmod(r, w, EC_ORDER)
    both: Point = self._add(generator, key)
    total: Point = empty(Point)
    for i: uint256 in range(EC_BITS + 1):  # Straus: the bits of both factors at once, from the highest
        total = self._add(total, total)
        bit: uint256 = EC_BITS - i
        in_first: bool = (first >> bit) & 1 == 1
        in_second: bool = (second >> bit) & 1 == 1
        if in_first and in_second:
            total = self._add(total, both)
        elif in_first:
            total = self._add(total, generator)
        elif in_second:
            total = self._add(total, key)
    assert total.x == r, "INVALID_STARK_SIGNATURE"


@view
@internal
def _add(a: Point, b: Point) -> Point:
    """
    @notice The sum of two points, by chord or tangent.
    """
    if a.x == 0 and a.y == 0:
        return b
    if b.x == 0 and b.y == 0:
        return a
    rise: uint256 = 0
    run: uint256 = 0
    if a.x == b.x:
        if a.y != b.y or a.y == 0:
            return empty(Point)
        rise = uint256_addmod(uint256_mulmod(3, uint256_mulmod(a.x, a.x, K_MODULUS), K_MODULUS), 1, K_MODULUS)
        run = uint256_addmod(a.y, a.y, K_MODULUS)
    else:
        rise = uint256_addmod(b.y, K_MODULUS - a.y, K_MODULUS)
        run = uint256_addmod(b.x, K_MODULUS - a.x, K_MODULUS)
    slope: uint256 = uint256_mulmod(rise, self._power(run, K_MODULUS - 2, K_MODULUS), K_MODULUS)
    x: uint256 = uint256_addmod(
        uint256_mulmod(slope, slope, K_MODULUS), (K_MODULUS - a.x) + (K_MODULUS - b.x), K_MODULUS
    )
    y: uint256 = uint256_addmod(
        uint256_mulmod(slope, uint256_addmod(a.x, K_MODULUS - x, K_MODULUS), K_MODULUS), K_MODULUS - a.y, K_MODULUS
    )
    return Point(x=x, y=y)
