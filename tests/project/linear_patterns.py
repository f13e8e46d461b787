"""Whether a regular expression takes time linear in the text, whatever the text: by its form, and by counting steps.

By form: see `faults_of_form`. It is stricter than needed, so that it can be believed.

By counting: Python's matcher can't be watched, so `steps` runs the same parse tree on a backtracking machine of ours,
which takes the same ways in the same order, and counts each instruction; `attacks` makes texts out of what the pattern
itself looks for, again and again.
"""

import ast
import re
from itertools import product
from re import _constants as sre
from re import _parser

MANY = 1000  # a repetition that may go on further has no end
MOST_STEPS = 300_000  # of attacks on a text of a thousand characters: nothing that is linear takes as many
FEW = 8  # one that goes on no further is spelled out
ANYWHERE = {"search", "sub", "subn", "split", "finditer", "findall"}
ALL = [chr(code) for code in range(256)] + list("ſ日😀\u2028")
REPEATS = (sre.MAX_REPEAT, sre.MIN_REPEAT)
SINGLE = (sre.LITERAL, sre.NOT_LITERAL, sre.ANY, sre.IN)
CATEGORIES = {
    sre.CATEGORY_DIGIT: r"\d", sre.CATEGORY_NOT_DIGIT: r"\D", sre.CATEGORY_SPACE: r"\s", sre.CATEGORY_NOT_SPACE: r"\S",
    sre.CATEGORY_WORD: r"\w", sre.CATEGORY_NOT_WORD: r"\W",
}  # fmt: skip


class Unknown(Exception):
    """A construction that isn't judged here: a back reference, a possessive repetition, …"""


# ---- Characters ----


def takes(node, character, flags):
    """Whether a node that matches one character matches this one."""
    operator, value = node
    if operator is sre.ANY:
        return flags & re.DOTALL or character != "\n"
    if operator is sre.LITERAL:
        return same(character, chr(value), flags)
    if operator is sre.NOT_LITERAL:
        return not same(character, chr(value), flags)
    if operator is not sre.IN:
        raise Unknown(str(operator))
    negated = value[0][0] is sre.NEGATE
    return negated != any(takes_item(item, character, flags) for item in value[negated:])


def takes_item(item, character, flags):
    operator, value = item
    if operator is sre.LITERAL:
        return same(character, chr(value), flags)
    if operator is sre.CATEGORY:
        return re.fullmatch(CATEGORIES[value], character, flags & re.ASCII) is not None
    low, high = value  # sre.RANGE
    forms = {character, character.lower(), character.upper()} if flags & re.IGNORECASE else {character}
    return any(len(form) == 1 and low <= ord(form) <= high for form in forms)


def same(one, other, flags):
    return one == other or (bool(flags & re.IGNORECASE) and one.lower() == other.lower())


def children(node):
    """The sequences within a node."""
    operator, value = node
    if operator in REPEATS:
        return [value[2]]
    if operator is sre.SUBPATTERN:
        return [value[3]]
    if operator is sre.BRANCH:
        return list(value[1])
    if operator in (sre.ASSERT, sre.ASSERT_NOT):
        return [value[1]]
    if operator in SINGLE or operator is sre.AT:
        return []
    raise Unknown(str(operator))


def nodes_of(sequence):
    for node in sequence:
        yield node
        for child in children(node):
            yield from nodes_of(child)


# ---- By form ----


def width(sequence):
    """(least, most) characters that a sequence matches."""
    return _parser.SubPattern(sequence.state, list(sequence)).getwidth()


def begins(sequence, flags):
    """The characters that a sequence may begin with, and whether it may be empty."""
    found = set()
    for node in sequence:
        more, empty = begins_node(node, flags)
        found |= more
        if not empty:
            return found, False
    return found, True


def begins_node(node, flags):
    operator, value = node
    if operator in SINGLE:
        return {character for character in ALL if takes(node, character, flags)}, False
    if operator in (sre.AT, sre.ASSERT, sre.ASSERT_NOT):
        return set(), True
    parts = [begins(child, flags) for child in children(node)]
    found = set().union(*(part for part, _ in parts))
    return found, any(empty for _, empty in parts) or (operator in REPEATS and value[0] == 0)


def faults_of_form(pattern, flags, method):
    """Why a pattern isn't plainly linear; nothing, where it is.

    - No repetition without end is within another repetition.
    - What a repetition repeats is one character, or of alternatives that each have one length and differ in the first
      character; or the repetition has an end, and differs in the first character from what follows it.
    - What may follow a repetition can't begin with what the repetition begins with: so giving back never helps, and
      fails at once.
    - Where a match is looked for at any place, nothing that could fail comes behind a repetition without end: or the
      same stretch would be run through from each place in it.
    """
    tree = _parser.parse(pattern, flags)
    flags = tree.state.flags
    faults = []

    def walk(sequence, following, within):
        """`following`: what may come behind the sequence; `within`: in a repetition."""
        sequence = list(sequence)
        for place, node in enumerate(sequence):
            rest, empty = begins(sequence[place + 1 :], flags)
            behind = rest | following if empty else rest
            operator, value = node
            if operator in REPEATS:
                repeat(value, behind, within)
            elif operator in (sre.ASSERT, sre.ASSERT_NOT):
                if width(value[1])[1] > FEW * 4:
                    faults.append("an assertion that looks without end")
            else:
                for child in children(node):
                    walk(child, behind, within)

    def repeat(value, behind, within):
        low, high, body = value
        own, empty = begins(body, flags)
        endless = high > MANY
        if endless and within:
            faults.append("a repetition without end within a repetition")
        if empty:
            faults.append("a repetition of what may be nothing")
        if high - low > FEW and own & behind:
            faults.append("what follows a repetition may begin as it does")
        if endless and not deterministic(body):
            faults.append("a repetition of what may be matched in several ways")
        walk(body, behind | own, within or high > 1)

    def deterministic(body):
        alternatives = [[node] for node in body]
        if len(body) == 1 and body[0][0] is sre.SUBPATTERN:
            return deterministic(body[0][1][3])
        if len(body) == 1 and body[0][0] is sre.BRANCH:
            alternatives = body[0][1][1]
        elif all(node[0] in SINGLE for node in body):
            return True
        firsts = [begins(alternative, flags)[0] for alternative in alternatives]
        apart = sum(map(len, firsts)) == len(set().union(*firsts))
        return apart and all(node[0] in SINGLE for alternative in alternatives for node in alternative)

    walk(tree, set(), False)
    if method in ANYWHERE and restarts(tree):
        faults.append("sought anywhere, with something that may fail behind a repetition without end")
    return faults


def restarts(tree):
    """Whether something that may fail comes behind a repetition without end."""
    endless = False
    for node in tree:
        operator, value = node
        if endless and not (operator in REPEATS and value[0] == 0):
            return True
        if operator in REPEATS and value[1] > MANY and value[0] <= MANY:
            endless = True
        elif operator in REPEATS and any(inner[0] in REPEATS and inner[1][1] > MANY for inner in nodes_of(value[2])):
            return True
        elif operator not in REPEATS:
            endless = endless or any(inner[0] in REPEATS and inner[1][1] > MANY for inner in nodes_of([node]))
            if endless:
                return True  # in a group: not looked into
    return False


# ---- By counting ----


class Machine:
    """Backtracking, as `re` does it: instructions, and a stack of ways that weren't taken yet."""

    def __init__(self, pattern, flags, limit=MOST_STEPS):
        tree = _parser.parse(pattern, flags)
        self.flags = tree.state.flags
        self.code = [*self.compiled(tree), ("match",)]
        self.count, self.limit = 0, limit
        self.taken = {}

    def compiled(self, sequence):
        return [instruction for node in sequence for instruction in self.compiled_node(node)]

    def compiled_node(self, node):
        """Relative jumps: ("split", first, second)."""
        operator, value = node
        if operator in SINGLE:
            return [("take", node)]
        if operator is sre.AT:
            return [("at", value)]
        if operator is sre.SUBPATTERN:
            return self.compiled(value[3])
        if operator in (sre.ASSERT, sre.ASSERT_NOT):
            back = width(value[1])[1] if value[0] < 0 else 0
            return [("assert", operator is sre.ASSERT_NOT, back, [*self.compiled(value[1]), ("match",)])]
        if operator is sre.BRANCH:
            return self.branch([self.compiled(child) for child in value[1]])
        if operator not in REPEATS:
            raise Unknown(str(operator))
        low, high, body = value
        once = self.compiled(body)
        code = once * low
        if high > MANY:
            return [*code, *self.split(operator, 1, len(once) + 2), *once, ("jump", -len(once) - 1)]
        for left in range(high - low, 0, -1):
            code += [*self.split(operator, 1, left * (len(once) + 1)), *once]
        return code

    def split(self, operator, on, out):
        return [("split", on, out) if operator is sre.MAX_REPEAT else ("split", out, on)]

    def branch(self, alternatives):
        code = alternatives[-1]
        for alternative in reversed(alternatives[:-1]):
            code = [("split", 1, len(alternative) + 2), *alternative, ("jump", len(code) + 1), *code]
        return code

    def attempt(self, code, text, begin, whole):
        """Where a match that begins there ends; None: there is none."""
        ways = [(0, begin)]
        while ways and self.count < self.limit:
            place, at = ways.pop()
            while True:
                self.count += 1
                kind, *operands = code[place]
                if kind == "match":
                    if whole and at < len(text):
                        break
                    return at
                if kind == "take":
                    if at >= len(text) or not self.takes(operands[0], text[at]):
                        break
                    place, at = place + 1, at + 1
                elif kind == "split":
                    ways.append((place + operands[1], at))
                    place += operands[0]
                elif kind == "jump":
                    place += operands[0]
                elif kind == "assert":
                    negated, back, inner = operands
                    there = at >= back and self.attempt(inner, text, at - back, False) is not None
                    if there == negated:
                        break
                    place += 1
                else:
                    if not ((operands[0] is sre.AT_BEGINNING or operands[0] is sre.AT_BEGINNING_STRING) and at == 0):
                        break
                    place += 1
        return None

    def takes(self, node, character):
        key = id(node), character
        if key not in self.taken:
            self.taken[key] = bool(takes(node, character, self.flags))
        return self.taken[key]

    def run(self, text, method):
        """As the method would; the steps that it took, and the matches."""
        found, at = [], 0
        while at <= len(text) and self.count < self.limit:
            end = self.attempt(self.code, text, at, method == "fullmatch")
            if end is not None:
                found.append((at, end))
            if method not in ANYWHERE or (method == "search" and found):
                break
            at = at + 1 if end is None or end == at else end
        return self.count, found


def steps(pattern, flags, method, text):
    return Machine(pattern, flags).run(text, method)[0]


def attacks(pattern, flags):
    """(before, again and again, behind): out of the pattern's own characters and words."""
    tree = _parser.parse(pattern, flags)
    words, singles, word = set(), set(), ""
    for node in [*nodes_of(tree), (None, None)]:
        if node[0] is sre.LITERAL:
            singles.add(chr(node[1]))
            word += chr(node[1])
            continue
        words.add(word)
        word = ""
        if node[0] in SINGLE:
            members = [character for character in ALL if takes(node, character, tree.state.flags)]
            singles |= {members[0], members[len(members) // 2], members[-1]} if members else set()
    words = sorted((word for word in words if len(word) > 1), key=len)
    pieces = [*words[:4], *spread(sorted(singles), 6)]
    pumps = [*pieces, *("".join(pair) for pair in product(pieces, repeat=2))]
    return list(product(["", "\0", *words[:1]], pumps, ["", "\0"]))


def spread(items, most):
    """At most so many of the items, from all over."""
    return items[:: max(1, -(-len(items) // most))]


def slow_attack(pattern, flags, method, count=60):
    """An attack under which twice the text takes clearly more than twice the steps; None: there is none."""
    for before, pump, behind in attacks(pattern, flags):
        once, twice = (steps(pattern, flags, method, before + pump * times + behind) for times in (count, 2 * count))
        # What has an end, 200 characters on, may be given back once more than in half the text.
        if twice >= MOST_STEPS or twice > 2.5 * once + 1000:
            return before, pump, behind, once, twice
    return None


# ---- In the sources ----


def patterns_in(source):
    """(line, pattern, flags, methods) of each use of `re` in a module; what can't be read has None for a pattern."""
    tree = ast.parse(source)
    parents = {child: node for node in ast.walk(tree) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "re":
            yield node.lineno, None, 0, set()
        if not (isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "re"):
            continue
        if node.attr.isupper() or node.attr in ("Pattern", "Match", "escape"):
            continue
        call = parents[node]
        if not (isinstance(call, ast.Call) and call.func is node) or not isinstance(call.args[0], ast.Constant):
            yield node.lineno, None, 0, set()
            continue
        flags = 0
        for flag in [*call.args[1 + (node.attr in ("sub", "subn")) + (node.attr != "compile") :], *(
            keyword.value for keyword in call.keywords if keyword.arg == "flags"
        )]:  # fmt: skip
            flags |= eval(ast.unparse(flag), {"re": re})  # of our own sources
        methods = {node.attr} if node.attr != "compile" else methods_of(call, parents, tree)
        yield node.lineno, call.args[0].value, flags, methods


def methods_of(call, parents, tree):
    """By which methods a compiled pattern is used; where it can't be seen, anywhere."""
    parent = parents[call]
    if isinstance(parent, ast.Attribute):
        return {parent.attr}
    if isinstance(parent, ast.Assign) and len(parent.targets) == 1 and isinstance(parent.targets[0], ast.Name):
        name = parent.targets[0].id
        uses = [
            node
            for node in ast.walk(tree)
            if isinstance(node, ast.Name) and node.id == name and node is not parent.targets[0]
        ]
        if uses and all(isinstance(parents[use], ast.Attribute) for use in uses):
            return {parents[use].attr for use in uses}
    return {"search"}
