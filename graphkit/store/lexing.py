"""The words of a Cypher text as the engines read them: comments, strings, quoted names and escapes are seen through."""

import re
import unicodedata
from dataclasses import dataclass

from graphkit.errors import QueryError

_TOKEN = re.compile(
    r"""
      (?P<blank>\s+|//[^\r\n]*|/\*.*?\*/)
    | (?P<string>'(?:\\.|[^'\\])*'|"(?:\\.|[^"\\])*")
    | (?P<quoted>`(?:[^`]|``)*`)
    | (?P<unclosed>['"`]|/\*)
    | (?P<number>0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d[\d_]*)?(?:[eE][+-]?\d+)?)
    | (?P<word>[^\W\d]\w*)
    | (?P<symbol>\.\.|[!-/:-@\[-^{-~])
    | (?P<other>.)
    """,
    re.VERBOSE | re.DOTALL,
)
_ESCAPE = re.compile(r"\\u([0-9a-fA-F]{4})")
_ESCAPE_OR_BACKSLASH = re.compile(r"\\\\|\\u([0-9a-fA-F]{4})")
# other characters that Python takes for letters and digits have no place in a name
_LETTERS = ("Lu", "Ll", "Lt", "Lm", "Lo", "Nl", "Nd", "Pc")


@dataclass(frozen=True)
class Token:
    """A word, number, string, quoted name or symbol (``kind``) as it is written."""

    kind: str
    text: str

    @property
    def word(self) -> str:
        """The word in capitals as a parser compares it, or nothing."""
        return self.text.casefold().upper() if self.kind == "word" else ""

    @property
    def name(self) -> str:
        """The name it would be, without backticks, or nothing."""
        if self.kind == "quoted":
            return self.text[1:-1].replace("``", "`")
        return self.text if self.kind == "word" else ""


END = Token("end", "")


def readings(text: str) -> list[str]:
    """The text as it stands and as escapes make it: Cypher 5 replaces them before anything else, other versions not."""
    expanded = _ESCAPE_OR_BACKSLASH.sub(lambda found: _character(found) if found[1] else found[0], text)
    return list(dict.fromkeys([expanded, _ESCAPE.sub(_character, text), text]))


def _character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))


def tokens_of(text: str) -> list[Token]:
    """The words of a text without blanks and comments; QueryError for a quote left open or a character out of place."""
    tokens = []
    for found in _TOKEN.finditer(text):
        token = Token(str(found.lastgroup), found[0])
        if token.kind == "unclosed":
            what = "comment" if token.text == "/*" else "quote"
            raise QueryError(f"the {what} that opens with {token.text} is not closed")
        odd = [sign for sign in token.name if unicodedata.category(sign) not in _LETTERS and token.kind == "word"]
        if odd or token.kind == "other":
            sign = odd[0] if odd else token.text
            what = f"U+{ord(sign):04X} ({unicodedata.name(sign, 'a control character').lower()})"
            raise QueryError(f"the character {what} stands outside quotes: remove it, or put the name in backticks")
        if token.kind != "blank":
            tokens.append(token)
    while tokens and tokens[-1].text == ";":
        tokens.pop()
    return tokens
