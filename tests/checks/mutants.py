"""The mutants of a source: small changes, one at a time, each of which a test should notice.

C++ is read as tokens, formatted as clang-format leaves it (an operator of two operands stands between spaces, a
template's bracket doesn't); Python is read as its syntax tree. What changes nothing that a test could see is left out:
comments, preprocessor lines, static assertions and checked invariants, wiping, declassification, bounds of types.
"""

from __future__ import annotations

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

Change = tuple[int, int, str]  # from, to (offsets in the text), what stands there instead


@dataclass(frozen=True)
class Mutant:
    """One change of one file. `name` doesn't hold line numbers, so that it lasts when other lines come or go."""

    path: str  # from the root of the tree
    line: int
    name: str
    text: str  # the whole file, changed

    @property
    def digest(self) -> str:
        """The name, short."""
        return hashlib.sha256(self.name.encode()).hexdigest()[:12]


def mutants(root: Path, path: str) -> list[Mutant]:
    """All of a file's, in the file's order."""
    text = (root / path).read_text(encoding="utf-8")
    changes = python_changes(text) if path.endswith(".py") else cpp_changes(text)
    seen: Counter[str] = Counter()
    found = []
    for start, end, new in sorted(set(changes)):
        changed = text[:start] + new + text[end:]
        first, last = text.rfind("\n", 0, start) + 1, text.find("\n", end)
        was, now = text[first:last], changed[first : last + len(changed) - len(text)]
        name = f"{path}: {' '.join(was.split())} => {' '.join(now.split())}"
        seen[name] += 1
        name += f" ({seen[name]})" if seen[name] > 1 else ""
        found.append(Mutant(path, text.count("\n", 0, start) + 1, name, changed))
    return found


# ---- C++ -----------------------------------------------------------------------------------------------------------

TOKEN = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
      | (?P<directive>^[ \t]*\#(?:\\\n|[^\n])*)
      | (?P<string>"(?:\\.|[^"\\])*")
      | (?P<char>'(?:\\.|[^'\\])+')
      | (?P<number>(?:0x[0-9a-fA-F']+(?:p[+-]?\d+)?|\d[\d']*(?:\.\d+)?)[uUlLzZ]*)
      | (?P<name>[A-Za-z_]\w*)
      | (?P<operator><<=|>>=|<=>|->|::|\+\+|--|<<|>>|<=|>=|==|!=|&&|\|\||[-+*/%&|^]=|[^\s\w])
      | (?P<space>\s+)""",
    re.VERBOSE | re.MULTILINE | re.DOTALL,
)
BETWEEN_SPACES = {
    "+": "-", "-": "+", "*": "+", "/": "*", "%": "*", "&": "|", "|": "&", "^": "|", "<<": ">>", ">>": "<<",
    "<": "<= >=", "<=": "< >", ">": ">= <=", ">=": "> <", "==": "!=", "!=": "==", "&&": "||", "||": "&&",
    "+=": "-=", "-=": "+=", "*=": "+=", "|=": "&=", "&=": "|=", "^=": "|=", "<<=": ">>=", ">>=": "<<=",
}  # fmt: skip
COMPARED = {"==", "!=", "<=", ">="}
INSTRUCTION = re.compile(r'"(mulx|adcx|adox|add|adc|sub|sbb|mov|xor|vf?n?madd\w+|vsubpd|vpaddq)\b')
INSTRUCTIONS = {"adcx": "adox", "adox": "adcx", "add": "adc", "adc": "add", "sub": "sbb", "sbb": "sub"}
# A call of these, with all that is in it, is not for tests of results.
UNSEEN = {"static_assert", "STARKCORE_CHECK", "check_bound", "wipe", "Wiped", "declassify", "requires"}
NOT_A_STATEMENT = {
    "return",
    "using",
    "if",
    "for",
    "while",
    "do",
    "else",
    "switch",
    "case",
    "default",
    "static_assert",
    "throw",
}
STARTS_STATEMENT = {
    ".",
    "->",
    "(",
    "[",
    "=",
    "++",
    "--",
    *(op for op in BETWEEN_SPACES if op[-1] == "=" and op[0] not in "<>=!"),
}
ASSIGNMENTS_ABOVE = {"<<=", ">>="}


@dataclass(frozen=True)
class Token:
    kind: str
    text: str
    start: int
    inside: str  # the innermost bracket that is open: ( [ { or nothing

    @property
    def end(self) -> int:
        return self.start + len(self.text)


def tokens(text: str) -> Iterator[Token]:
    """Code, and instructions in strings; no comments, and of directives only the instructions that macros hold."""
    open_brackets: list[str] = []
    for match in TOKEN.finditer(text):
        kind, part = match.lastgroup or "", match.group()
        if kind == "directive":
            for string in INSTRUCTION.finditer(part):
                end = part.index('"', string.end()) + 1
                yield Token("string", part[string.start() : end], match.start() + string.start(), "")
        if kind in ("comment", "directive", "space"):
            continue
        if part in (")", "]", "}") and open_brackets:
            open_brackets.pop()
        yield Token(kind, part, match.start(), open_brackets[-1] if open_brackets else "")
        if part in ("(", "[", "{"):
            open_brackets.append(part)


def closing(code: list[Token], i: int) -> int:
    """The index of the bracket that closes the one at i."""
    depth = 0
    for j in range(i, len(code)):
        depth += (code[j].text in ("(", "[", "{")) - (code[j].text in (")", "]", "}"))
        if depth == 0:
            return j
    return len(code) - 1


def closing_angle(code: list[Token], i: int) -> int:
    """The same for a template's bracket on one line."""
    depth = 0
    for j in range(i, len(code)):
        depth += (code[j].text == "<") - (code[j].text == ">") - 2 * (code[j].text == ">>")
        if depth <= 0:
            return j
    return i


def cpp_changes(text: str) -> Iterator[Change]:
    code = list(tokens(text))
    skip_to = 0
    for i, token in enumerate(code[:-1]):
        if i < skip_to:
            continue
        after = code[i + 1]
        if token.text in UNSEEN and after.text == "(":
            skip_to = closing(code, i + 1)
            continue
        if token.text.startswith("Fp") and after.text == "<":  # the bound in a type
            skip_to = closing_angle(code, i + 1)
            continue
        if token.text == "template" and after.text == "<":  # to the bracket that ends it
            skip_to = next(j for j in range(i, len(code)) if text[code[j].start : code[j].end + 1] in (">\n", "> "))
            continue
        if token.kind == "string":
            yield from instruction_changes(token)
        elif token.kind == "number":
            yield from number_changes(code, i)
        elif token.kind == "operator":
            yield from operator_changes(text, token, after)
        if token.text == "if" and (place := i + 1 + (after.text == "constexpr")) and code[place].text == "(":
            end = closing(code, place)
            condition = text[code[place].end : code[end].start]
            if sum(part.text in COMPARED for part in code[place:end]) != 1 or "&&" in condition or "||" in condition:
                yield code[place].end, code[end].start, f"!({condition})"
        yield from deleted_statement(code, i)


def operator_changes(text: str, token: Token, after: Token) -> Iterator[Change]:
    spaced = text[token.start - 1].isspace() and text[token.end].isspace()
    if spaced and token.text in BETWEEN_SPACES:
        for new in BETWEEN_SPACES[token.text].split():
            yield token.start, token.end, new
    elif token.text in ("++", "--") and token.inside != "(":  # backwards, a loop would crash or last for ever
        yield token.start, token.end, "--" if token.text == "++" else "++"
    elif token.text in ("!", "~") and (after.kind in ("name", "number") or after.text == "("):
        yield token.start, token.end, ""


def number_changes(code: list[Token], i: int) -> Iterator[Change]:
    token, before = code[i], code[i - 1]
    if (
        before.text == "["
        and code[i - 2].kind == "name"
        and code[i - 3].kind == "name"
        and code[i - 3].text != "return"
    ):
        return  # an array's size in its declaration
    found = re.fullmatch(r"(0x[0-9a-fA-F']+|[\d']+)([uUlLzZ]*)", token.text)
    if found:
        value = int(found[1].replace("'", ""), 0)
        for new in {value + 1, max(value - 1, 0)} - {value}:
            yield token.start, token.end, (hex(new) if found[1].startswith("0x") else str(new)) + found[2]
    elif "p" in token.text:
        yield token.start, token.end, re.sub(r"p([+-]?\d+)", lambda exponent: f"p{int(exponent[1]) + 1}", token.text)


def instruction_changes(token: Token) -> Iterator[Change]:
    found = INSTRUCTION.match(token.text)
    if found:
        if token.text.endswith('\\t"'):
            yield token.start, token.end, '""'
        if found[1] in INSTRUCTIONS:
            yield token.start, token.end, token.text.replace(found[1], INSTRUCTIONS[found[1]], 1)


def deleted_statement(code: list[Token], i: int) -> Iterator[Change]:
    """A call, an assignment, a step, or a jump that begins at i: nothing instead."""
    token, before = code[i], code[i - 1]
    if token.inside != "{" or before.text not in (";", "{", "}", ")", "else"):
        return
    names = i
    while code[names + 1].text == "::" and names + 3 < len(code):
        names += 2
    jump = token.text in ("break", "continue")
    step = token.text in ("++", "--")
    call = token.kind == "name" and token.text not in NOT_A_STATEMENT | UNSEEN
    call = call and code[names + 1].text in STARTS_STATEMENT | ASSIGNMENTS_ABOVE
    if not (jump or step or call):
        return
    for j in range(i, len(code)):
        if code[j].text == ";" and code[j].inside == "{" and closing_depth(code, i, j):
            if not any(code[k].text in ("default", "delete") for k in range(i, j)):
                yield token.start, code[j].start, ""
            return
        if code[j].text == "}" and code[j].inside == "{" and closing_depth(code, i, j) and j > i:
            return


def closing_depth(code: list[Token], i: int, j: int) -> bool:
    """Whether all brackets between i and j are closed."""
    opened = sum(token.text in ("(", "[", "{") for token in code[i:j])
    return opened == sum(token.text in (")", "]", "}") for token in code[i:j])


# ---- Python --------------------------------------------------------------------------------------------------------

COMPARISONS = {
    ast.Lt: ("<", "<= >="), ast.LtE: ("<=", "< >"), ast.Gt: (">", ">= <="), ast.GtE: (">=", "> <"),
    ast.Eq: ("==", "!="), ast.NotEq: ("!=", "=="), ast.Is: ("is", "is_not"), ast.IsNot: ("is not", "is"),
    ast.In: ("in", "not_in"), ast.NotIn: ("not in", "in"),
}  # fmt: skip
ARITHMETIC = {
    ast.Add: ("+", "-"), ast.Sub: ("-", "+"), ast.Mult: ("*", "+"), ast.Div: ("/", "*"), ast.FloorDiv: ("//", "*"),
    ast.Mod: ("%", "+"), ast.Pow: ("**", "*"), ast.LShift: ("<<", ">>"), ast.RShift: (">>", "<<"),
    ast.BitAnd: ("&", "|"), ast.BitXor: ("^", "|"),
}  # fmt: skip


# Assigned for who reads the source: what `import *` gives, and what a type checker alone takes to be true.
UNSEEN_NAMES = {"__all__", "TYPE_CHECKING"}


class PythonChanges(ast.NodeVisitor):
    """Collects the changes of a module."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.found: list[Change] = []
        lines = text.splitlines(keepends=True)
        self.starts = [0]
        self.lines = [line.encode() for line in lines]
        for line in lines:
            self.starts.append(self.starts[-1] + len(line))

    def offset(self, line: int, column: int) -> int:
        return self.starts[line - 1] + len(self.lines[line - 1][:column].decode())

    def span(self, node: ast.AST) -> tuple[int, int]:
        assert isinstance(node, (ast.expr, ast.stmt))
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)

    def put(self, node: ast.AST, new: str) -> None:
        self.found.append((*self.span(node), new))

    def between(self, left: ast.AST, right: ast.AST, old: str, new: str) -> None:
        """The operator between two operands."""
        start, end = self.span(left)[1], self.span(right)[0]
        place = self.text.find(old, start, end)
        if place >= 0:
            self.found += [(place, place + len(old), each.replace("_", " ")) for each in new.split()]

    def negate(self, test: ast.expr) -> None:
        start, end = self.span(test)
        self.put(test, f"not ({self.text[start:end]})")

    def visit_Compare(self, node: ast.Compare) -> None:
        for left, op, right in zip([node.left, *node.comparators], node.ops, node.comparators, strict=False):
            self.between(left, right, *COMPARISONS[type(op)])
        self.generic_visit(node)

    def visit_BinOp(self, node: ast.BinOp) -> None:
        text = isinstance(node.left, (ast.JoinedStr, ast.Constant)) and isinstance(getattr(node.left, "value", ""), str)
        if type(node.op) in ARITHMETIC and not text:
            self.between(node.left, node.right, *ARITHMETIC[type(node.op)])
        self.generic_visit(node)

    def visit_BoolOp(self, node: ast.BoolOp) -> None:
        old, new = ("and", "or") if isinstance(node.op, ast.And) else ("or", "and")
        for left, right in zip(node.values, node.values[1:], strict=False):
            self.between(left, right, old, new)
        self.generic_visit(node)

    def visit_UnaryOp(self, node: ast.UnaryOp) -> None:
        if isinstance(node.op, ast.Not):
            start, end = self.span(node.operand)
            self.put(node, f"({self.text[start:end]})")
        self.generic_visit(node)

    def visit_Constant(self, node: ast.Constant) -> None:
        if isinstance(node.value, bool):
            self.put(node, str(not node.value))
        elif isinstance(node.value, int):
            self.put(node, str(node.value + 1))
            self.put(node, f"({node.value - 1})")

    def visit_If(self, node: ast.If | ast.While | ast.IfExp) -> None:
        if not (isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING"):
            self.negate(node.test)
            self.generic_visit(node)

    visit_While = visit_IfExp = visit_If

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # a docstring
            if not isinstance(node.value, (ast.Yield, ast.YieldFrom)):
                self.put(node, "pass")
            self.generic_visit(node)

    def visit_Raise(self, node: ast.Raise) -> None:
        self.put(node, "pass")
        self.generic_visit(node)

    def visit_Return(self, node: ast.Return) -> None:
        if node.value is not None and not (isinstance(node.value, ast.Constant) and node.value.value is None):
            self.put(node, "return None")
        self.generic_visit(node)

    def visit_AugAssign(self, node: ast.AugAssign) -> None:
        self.put(node, "pass")
        self.generic_visit(node)

    def visit_Assign(self, node: ast.Assign) -> None:
        if not any(isinstance(target, ast.Name) and target.id in UNSEEN_NAMES for target in node.targets):
            if any(isinstance(target, (ast.Attribute, ast.Subscript)) for target in node.targets):
                self.put(node, "pass")
            self.visit(node.value)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> None:
        if node.value is not None:
            self.visit(node.value)

    def visit_FunctionDef(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> None:
        for default in (*node.args.defaults, *(default for default in node.args.kw_defaults if default)):
            self.visit(default)
        for statement in node.body:
            self.visit(statement)

    visit_AsyncFunctionDef = visit_FunctionDef

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        for statement in node.body:
            self.visit(statement)


def python_changes(text: str) -> list[Change]:
    changes = PythonChanges(text)
    changes.visit(ast.parse(text))
    return changes.found
