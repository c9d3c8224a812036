"""Masks what customers should not have written: e-mail addresses, phone, card and account numbers.

Rather too much than too little: every run of seven or more digits goes, however it is spaced, and so does a long order
number. Dates stay. Names, street addresses and numbers in words are not found.
"""

import re

EMAIL, CARD, ACCOUNT, PHONE, NUMBER = "[e-mail]", "[card]", "[account]", "[phone]", "[number]"

FEWEST_DIGITS = 7
MOST_PHONE_DIGITS = 15
CARD_DIGITS = range(12, 20)
IBAN_LENGTHS = {
    country: length
    for length, countries in {
        15: "NO",
        16: "BE",
        18: "DK FI FK FO GL NL SD",
        19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK",
        21: "CH HR LI LV",
        22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL",
        24: "AD CZ ES MD PK RO SA SE SK TN VG",
        25: "LY PT ST",
        26: "IS TR",
        27: "BI DJ FR GR IT MC MR SM",
        28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA",
        30: "JO KW MU YE",
        31: "MT SC",
        32: "LC",
        33: "RU",
    }.items()
    for country in countries.split()
}
_SPACE = r"[^\S\r\n]"
_BETWEEN = r"[^\S\r\n]|[.\-/()_*·\u00ad\u200b-\u200f\u2010-\u2015\u2060\u2212\ufeff]"

# Accounts say their letters in full: with IGNORECASE, [A-Z] has two that are no letters of an IBAN, U+017F and U+212A.
_SECRET = re.compile(
    rf"""
    (?P<email>[\w.+%'-]{{1,64}}{_SPACE}?(?:@|[(\[]at[)\]]){_SPACE}?
        [\w-]{{1,63}}(?:{_SPACE}?(?:\.|[(\[]dot[)\]]){_SPACE}?[\w-]{{1,63}}){{1,8}})
    | (?P<date>(?<!\d)(?:
        (?:19|20)\d\d-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])
      | (?:0?[1-9]|[12]\d|3[01])(?P<mark>[./-])(?:0?[1-9]|[12]\d|3[01])(?P=mark)(?:19|20)\d\d)(?!\d))
    | (?P<account>(?<![^\W_])(?-i:[A-Za-z]{{2}}\d\d(?:{_SPACE}?[A-Za-z0-9]){{11,30}})(?![^\W_]))
    | (?P<digits>(?:\+{_SPACE}?)?\(?\d(?:(?:{_BETWEEN}){{0,3}}\d){{{FEWEST_DIGITS - 1},}})
    """,
    re.VERBOSE | re.IGNORECASE,
)


def mask(text: str) -> str:
    """``text`` with each of those replaced by what it was. Masking twice is the same as once."""
    return _SECRET.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    match found.lastgroup:
        case "email":
            return EMAIL
        case "account":
            return _account(found[0])
        case "digits":
            return _digits(found[0])
    return found[0]


def _account(written: str) -> str:
    """What is masked ends where an IBAN of its country ends: ordinary words may follow."""
    length = IBAN_LENGTHS.get(written[:2].upper(), 0)
    signs = [at for at, sign in enumerate(written) if not sign.isspace()][:length]
    if len(signs) == length and length and _is_iban("".join(written[at] for at in signs)):
        return ACCOUNT + mask(written[signs[-1] + 1 :])
    return written[:2] + mask(written[2:])


def _is_iban(compact: str) -> bool:
    """The check of ISO 13616: rearranged and with letters as numbers, 1 modulo 97."""
    return int("".join(str(int(sign, 36)) for sign in compact[4:] + compact[:4])) % 97 == 1


def _digits(written: str) -> str:
    digits = [int(sign) for sign in written if sign.isdecimal()]
    if len(digits) in CARD_DIGITS and luhn(digits):
        return CARD
    return PHONE if len(digits) <= MOST_PHONE_DIGITS else NUMBER


def luhn(digits: list[int]) -> bool:
    """Whether the last digit is the check digit of the others (ISO/IEC 7812-1, annex B)."""
    doubled = (sum(divmod(2 * digit, 10)) for digit in digits[-2::-2])
    return (sum(digits[-1::-2]) + sum(doubled)) % 10 == 0
