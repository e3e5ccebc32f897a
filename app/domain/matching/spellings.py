"""Words of names that are written in more than one way: letters that many a keyboard lacks, and sounds of other scripts.

"Müller" is written "Muller" and "Mueller" as well: each of them is one name with it. "Mueller" and "Muller", "Mohammed" and
"Muhammad" are nearly one: somebody's name, taken down by two people, or two of a family.
"""

import re
import unicodedata
from itertools import product

_WRITTEN_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "å": "aa", "ø": "oe", "đ": "dj", "ð": "dh"}
"""Letters that are written as two where they are not left without their mark."""
_BARE = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"})
_MOST = 4
"""From more such letters than this in one word, either all are written out or none is."""
_AS_ONE = re.compile(r"a[ae]|oe|ue")

_LETTERS = (
    ("sch", "sh"),
    ("ph", "f"),
    ("kh", "h"),
    ("th", "t"),
    ("ck", "k"),
    ("q", "k"),
    ("x", "ks"),
    ("w", "v"),
)
"""Letters that stand for one sound in names of other scripts."""
_SOUNDS = (
    (re.compile(r"c(?!h)"), "k"),
    (re.compile(r"^y(?=[aeiou])"), "j"),
    (re.compile(r"j(?![aeiou])|y"), "i"),
    (re.compile(r"(.)\1+"), r"\1"),
    (re.compile(r"(?<=[aeiou])h$"), ""),
)
_VOWELS = re.compile(r"[aeiou]+")
_FIRST_VOWEL = {"a": "a", "e": "i", "i": "i", "o": "u", "u": "u"}
_TELLING = 5
"""Letters from which on a word is compared by its sound: shorter ones have too little of it."""
_TAKEN_DOWN = [
    frozenset(group.split())
    for group in [
        "alexander aleksandr aleksander oleksandr",
        "ali aly",
        "amir ameer emir",
        "chaim haim",
        "ekaterina yekaterina",
        "elena yelena",
        "evgeny yevgeny",
        "noor nour nur",
        "omar umar omer",
        "said saeed",
    ]
]


def spellings(word: str) -> tuple[str, ...]:
    """How a word of composed small letters is written: bare first, then with letters written out."""
    marked = sum(c in _WRITTEN_OUT for c in word)
    if marked > _MOST:
        return tuple(dict.fromkeys((_bare(word), _bare("".join(_WRITTEN_OUT.get(c, c) for c in word)))))
    choices = [(c, _WRITTEN_OUT[c]) if c in _WRITTEN_OUT else (c,) for c in word]
    return tuple(dict.fromkeys(_bare("".join(letters)) for letters in product(*choices)))


def nearly_one_word(one: str, other: str) -> bool:
    """Whether two bare words differ by one slip of the hand, by letters written out in one, or only in how sounds are
    written."""
    if one_letter_off(one, other) or _AS_ONE.sub(_first, one) == _AS_ONE.sub(_first, other):
        return True
    long_enough = min(len(one), len(other)) >= _TELLING
    return (long_enough and _sound(one) == _sound(other)) or any(one in g and other in g for g in _TAKEN_DOWN)


def one_letter_off(one: str, other: str) -> bool:
    """Whether two words of five letters and more differ by one slip of the hand, and not at their end."""
    if min(len(one), len(other)) < 5 or abs(len(one) - len(other)) > 1 or one[-1] != other[-1]:
        return False
    start = next((i for i, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other)))
    if len(one) == len(other):
        swapped = one[start : start + 2] == other[start : start + 2][::-1] and one[start + 2 :] == other[start + 2 :]
        return swapped or one[start + 1 :] == other[start + 1 :]
    shorter, longer = sorted((one, other), key=len)
    return shorter[start:] == longer[start + 1 :]


def _bare(word: str) -> str:
    """A word without accents."""
    apart = unicodedata.normalize("NFKD", word).casefold().translate(_BARE)
    return "".join(c for c in apart if not (unicodedata.category(c) == "Mn" and unicodedata.combining(c)))


def _first(match: re.Match[str]) -> str:
    return match[0][0]


def _sound(word: str) -> tuple[str, str, str]:
    """The consonants of a word and where vowels stand between them, with what it begins and ends with if that is a vowel:
    "Carla" and "Carlo", "Ellen" and "Allan" are two."""
    for letters, sound in _LETTERS:
        word = word.replace(letters, sound)
    for letters_there, sound in _SOUNDS:
        word = letters_there.sub(sound, word)
    end = word[-1:] if word[-1:] in _FIRST_VOWEL else ""
    return _FIRST_VOWEL.get(word[:1], ""), _VOWELS.sub("*", word), end
