"""The types of a SNIP-12 document: read, checked, and written as the text whose hash stands for a type.

A type is a struct, a list of named members; or, in revision 1, an enum, a list of named variants. What a member holds
is named by a text: a basic type, a struct, `T*` for a list of either, "enum" or "merkletree", which say in `contains`
of what.

Everything here takes time that grows with the document, which may be anybody's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from starkcore import exact
from starkcore.errors import InvalidTypedData

MOST_TYPES = 256  # each type's text holds those of the types that it uses
MOST_DEPTH = 64  # of structs in structs: encoding descends
MOST_TEXT = 1 << 24  # characters of all types' texts together

_BASIC = {
    0: frozenset({"felt", "bool", "string", "selector", "merkletree"}),
    1: frozenset(
        {
            *("felt", "bool", "string", "selector", "merkletree", "enum"),
            *("u128", "i128", "timestamp", "shortstring", "ClassHash", "ContractAddress"),
        }
    ),
}
_PRESETS = {
    "u256": [("low", "u128"), ("high", "u128")],
    "TokenAmount": [("token_address", "ContractAddress"), ("amount", "u256")],
    "NftId": [("collection_address", "ContractAddress"), ("token_id", "u256")],
}
DOMAIN_TYPES = ("StarkNetDomain", "StarknetDomain")


def shown(name: object) -> str:
    """A name out of a document as messages show it: escaped, and not too long."""
    text = repr(exact.text(name, "name")) if exact.is_a(name, str) else f"a {type(name).__name__}"
    return text if len(text) <= 60 else f"{text[:57]}…'"


def at(name: str) -> str:
    """A name out of a document as a place in it shows it: as it is, unless it is long or can't be seen."""
    return name if len(name) <= 60 and name.isprintable() else shown(name)


@dataclass(frozen=True, slots=True)
class Member:
    """A member of a struct, or a variant of an enum."""

    name: str
    type: str
    contains: str | None = None

    @property
    def is_variant(self) -> bool:
        """Whether the type is a variant's: the types of its fields, in parentheses."""
        return self.type.startswith("(") and self.type.endswith(")")

    def fields(self) -> list[str]:
        """The types of a variant's fields."""
        inside = self.type[1:-1]
        return inside.split(",") if inside else []


def element_type(type_name: str) -> str:
    """The type of a list's elements; of any other type, itself."""
    return type_name.removesuffix("*")


@dataclass(frozen=True, slots=True)
class TypeTable:
    """Types that were checked, presets among them.

    Attributes:
        revision: SNIP-12's, 0 or 1.
        types: the members of each struct and the variants of each enum, by name.
        enums: which of them are enums.
        own_texts: what each type's text has of the type itself.
        needed: whose own texts follow it there, by name.
    """

    revision: int
    types: Mapping[str, tuple[Member, ...]]
    enums: frozenset[str]
    own_texts: dict[str, str] = field(default_factory=dict)
    needed: dict[str, list[str]] = field(default_factory=dict)

    @classmethod
    def read(cls, types: object, revision: int, primary: object) -> TypeTable:
        """Read and check `types` of a document with this primary type.

        Raises:
            InvalidTypedData: `field` says where in the document, and `rule` what is wrong there.
        """
        own = {name: _members(name, members, revision) for name, members in _items(types, "types")}
        presets = {} if revision == 0 else {n: tuple(Member(*pair) for pair in pairs) for n, pairs in _PRESETS.items()}
        for name in own:
            if name in _BASIC[revision] or name in presets:
                raise InvalidTypedData(f"types.{at(name)}", "must have another name: this one is the standard's own")
        domain = DOMAIN_TYPES[revision]
        if domain not in own:
            raise InvalidTypedData("types", f"must define {domain}, the type of the domain in revision {revision}")
        if not exact.is_a(primary, str) or exact.text(primary, "primaryType") not in own:
            raise InvalidTypedData("primaryType", f"must be one of types, and {shown(primary)} isn't")
        enums = frozenset(m.contains for members in own.values() for m in members if m.type == "enum" and m.contains)
        table = cls(revision, {**presets, **own}, enums)
        table._check_references(own)
        table._check_use(own, {domain, exact.text(primary, "primaryType")})
        table._write_texts(table._from_inside())
        return table

    # ---- Checks

    def _check_references(self, own: Mapping[str, tuple[Member, ...]]) -> None:
        """Each type that is named is defined, and what stands where an enum or a struct is due is one."""
        for name, members in own.items():
            for i, member in enumerate(members):
                place = f"types.{at(name)}[{i}]"
                if member.is_variant != (name in self.enums):
                    raise InvalidTypedData(
                        f"{place}.type",
                        "must be a list of types in parentheses: the type is an enum's"
                        if name in self.enums
                        else f"must not be in parentheses, as nothing uses {shown(name)} as an enum's type",
                    )
                for used in self._used_by(member):
                    self._check_reference(used, place, member)

    def _check_reference(self, used: str, place: str, member: Member) -> None:
        base = element_type(used)
        if base.endswith("*"):
            raise InvalidTypedData(f"{place}.type", "must not be a list of lists")
        if base in ("enum", "merkletree") or (base in self.enums and member.type != "enum"):
            raise InvalidTypedData(
                place, "must name an enum's or a Merkle tree's type by contains, and no list of them"
            )
        if base not in self.types and base not in _BASIC[self.revision]:
            raise InvalidTypedData(place, f"must use types that are defined, and {shown(base)} isn't")

    def _used_by(self, member: Member) -> list[str]:
        """The types that a member names, as they are written; of an enum or a Merkle tree, what it contains."""
        if member.type in ("enum", "merkletree"):
            return [] if member.contains is None else [member.contains]
        return member.fields() if member.is_variant else [member.type]

    def _check_use(self, own: Mapping[str, tuple[Member, ...]], roots: set[str]) -> None:
        used = {element_type(t) for members in own.values() for member in members for t in self._used_by(member)}
        for name in own:
            if name not in used and name not in roots:
                raise InvalidTypedData(f"types.{at(name)}", "must be used: no other type does")

    def _from_inside(self) -> list[str]:
        """Names, of each type after those that it contains. No type contains itself, in whatever way, and none is too
        deep.

        Walks without recursion: the names are foreign.
        """
        depths: dict[str, int] = {}
        for root in self.types:
            path: dict[str, Iterator[str]] = {} if root in depths else {root: self._below(root)}
            while path:
                name, below = next(reversed(path.items()))
                inner = next((other for other in below if other not in depths), None)
                if inner is None:
                    del path[name]
                    depths[name] = 1 + max((depths[other] for other in self._below(name)), default=0)
                elif inner in path:
                    raise InvalidTypedData(f"types.{at(inner)}", "must not contain itself")
                else:
                    path[inner] = self._below(inner)
                if len(path) > MOST_DEPTH or depths.get(name, 0) > MOST_DEPTH:
                    raise InvalidTypedData(f"types.{at(name)}", f"must not nest types more than {MOST_DEPTH} deep")
        return list(depths)

    def _below(self, name: str) -> Iterator[str]:
        """The structs and enums that a type's values hold."""
        for member in self.types[name]:
            for used in self._used_by(member):
                if element_type(used) in self.types:
                    yield element_type(used)

    # ---- Texts

    def text(self, name: str) -> str:
        """The text whose hash is the type's: the type, then those that it depends on, by name."""
        return "".join(self.own_texts[each] for each in [name, *self.needed[name]])

    def _write_texts(self, from_inside: Iterable[str]) -> None:
        """Each type's own text, and whose follow it: each member is looked at once, however many types use its own.

        A Merkle tree's leaves are no dependency; the types that a variant uses are, as are presets.
        """
        needs: dict[str, set[str]] = {}
        characters = 0
        for name in from_inside:
            members = [member for member in self.types[name] if member.type != "merkletree"]
            direct = {element_type(used) for member in members for used in self._used_by(member)} & self.types.keys()
            needs[name] = direct.union(*(needs[used] for used in direct))
            self.own_texts[name] = self._own_text(name)
            self.needed[name] = sorted(needs[name])
            characters += sum(len(self.own_texts[each]) for each in [name, *needs[name]])
            if characters > MOST_TEXT:
                raise InvalidTypedData("types", f"must have texts of at most {MOST_TEXT} characters in all")

    def _own_text(self, name: str) -> str:
        members = ",".join(f"{self._quoted(m.name)}:{self._member_text(m)}" for m in self.types[name])
        return f"{self._quoted(name)}({members})"

    def _member_text(self, member: Member) -> str:
        if member.is_variant:
            return f"({','.join(map(self._quoted, member.fields()))})"
        return self._quoted(member.contains if member.type == "enum" and member.contains else member.type)

    def _quoted(self, name: str) -> str:
        return name if self.revision == 0 else f'"{name}"'


def _items(types: object, field: str) -> Iterator[tuple[str, object]]:
    if not isinstance(types, Mapping):
        raise InvalidTypedData(field, "must be an object: the members of each type, by the type's name")
    if len(types) > MOST_TYPES:
        raise InvalidTypedData(field, f"must be at most {MOST_TYPES} types")
    seen: set[str] = set()
    for key, members in types.items():
        name = _name(key, field)
        if name in seen:
            raise InvalidTypedData(field, "must not have two names of one text")
        seen.add(name)
        if name.endswith("*") or "," in name or (name.startswith("(") and name.endswith(")")):
            raise InvalidTypedData(
                field, f"must have names without commas, parentheses around, or * behind: {shown(name)}"
            )
        yield name, members


def _name(name: object, field: str) -> str:
    """A name as exact text. Texts are put together out of names, between quotes in revision 1."""
    if not exact.is_a(name, str):
        raise InvalidTypedData(field, f"must be text, not {shown(name)}")
    text = exact.text(name, field)
    if not text or '"' in text or "\\" in text:
        raise InvalidTypedData(field, f"must be a name, not empty and without quotes or backslashes: {shown(text)}")
    if any("\ud800" <= letter <= "\udfff" for letter in text):
        raise InvalidTypedData(field, "must be text that UTF-8 can write")
    return text


def _members(name: str, members: object, revision: int) -> tuple[Member, ...]:
    field = f"types.{at(name)}"
    if not isinstance(members, (list, tuple)):
        raise InvalidTypedData(field, "must be a list of members")
    out = tuple(_member(member, f"{field}[{i}]", revision) for i, member in enumerate(members))
    if len({member.name for member in out}) < len(out):
        raise InvalidTypedData(field, "must not have two members of one name")
    return out


def _member(member: object, field: str, revision: int) -> Member:
    if not isinstance(member, Mapping) or not {"name", "type"} <= member.keys():
        raise InvalidTypedData(field, "must be an object with name and type")
    name, type_name = _name(member["name"], f"{field}.name"), _name(member["type"], f"{field}.type")
    if revision == 0 and any(letter in name for letter in "(),:"):
        raise InvalidTypedData(f"{field}.name", "must have no parenthesis, comma or colon: revision 0 has no quotes")
    if revision == 0 and (type_name == "enum" or type_name.startswith("(")):
        raise InvalidTypedData(f"{field}.type", "must be no enum: revision 0 has none")
    if type_name not in ("enum", "merkletree"):
        return Member(name, type_name)
    if "contains" not in member:
        raise InvalidTypedData(field, f"must say what the {type_name} is of: contains")
    contains = _name(member["contains"], f"{field}.contains")
    if contains.endswith("*"):
        raise InvalidTypedData(f"{field}.contains", "must be no list")
    if type_name == "enum" and contains in (*_PRESETS, *_BASIC[1]):
        raise InvalidTypedData(f"{field}.contains", "must be one of types")
    return Member(name, type_name, contains)
