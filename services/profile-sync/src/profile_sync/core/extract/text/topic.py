"""A thing in the customer's words: what is left of a phrase without the small words around it."""

LONGEST = 80
_MOST = 8
_AROUND_WORDS = """
    a an the some any all such no your ur my our its this that these those more about in of to for with on by
    and or it them so too also having buying purchasing ordering getting trying joining de la le les l los las
    el un une una unos der die das den dem ein eine einen il lo gli i o os as um uma het een ihre ihren vos
    votre your's please now again anymore from at back me us
"""
_CUT_WORDS = """
    that which who whom you we they he she it when where while because since if i i'm i've
"""
_NO_THING_WORDS = """
    website app page site line hotline competitor thoughts failures rubbish job is are was were be been am has
    had will would did does do not never nothing nobody anything something everything everyone someone somebody
    why how what whether fraud answer answers reply replies response responses refund refunds order orders
    parcel parcels package delivery outcome outcomes result results status reason reasons explanation
    explanations excuse excuses apology apologies compensation complaint complaints claim claims case money cash
    issue issues problem problems ticket resolution solution solutions decision progress update updates truth
    facts justice opinion opinions view views words word story stories lies lie promises promise manager
    managers boss agent agents driver colleague staff mess charges error mistake mistakes seeing hearing knowing
    finding working getting having being doing making taking speaking talking leaving cancelling closing
    returning reading learning wasting waiting helping after honest better proper real fair full decent broken
    wrong damaged fake engineer technician doctor nurse room table refunded resolved sorted fixed solved sure
    able available stock
"""
_AROUND = frozenset(_AROUND_WORDS.split())
_CUT = frozenset(_CUT_WORDS.split())
_NO_THING = frozenset(_NO_THING_WORDS.split())
_SOLD_WORDS = """
    plan plans insurance loan loans mortgage mortgages card cards account accounts saving savings subscription
    subscriptions membership memberships programme programmes program programs package packages offer offers
    deal deals discount discounts product products model models collection promotion promotions voucher vouchers
    warranty warranties upgrade upgrades tariff tariffs broadband fibre fiber internet 4g 5g phone phones laptop
    laptops tv camera cameras car cars bike bikes scooter scooters tyres tents shoes clothes furniture sofa
    sofas kitchen kitchens solar panel panels pump pumps battery batteries class classes course courses lesson
    lessons workshop workshops training tour tours trip trips holiday holidays cruise cruises flight flights
    ticket tickets hotel hotels spa gym yoga credit pension pensions investment investments funds solaranlagen
    seguros prets kurse
"""
_SOLD = frozenset(_SOLD_WORDS.split())
_MARKS = " ,.;:!?\"'“”()-–"


def topic(text: str) -> str | None:
    """The thing, as written; None where the words are no thing to offer: a refund, an answer, a sentence."""
    words = text.split()
    cut = next((i for i, word in enumerate(words) if i and _bare(word) in _CUT), len(words))
    if cut < len(words) and words[cut - 1].endswith("ing"):
        return None
    words = words[:cut]
    while words and _bare(words[0]) in _AROUND:
        words.pop(0)
    while words and _bare(words[-1]) in _AROUND:
        words.pop()
    if not 0 < len(words) <= _MOST or any(_bare(word) in _NO_THING or _bare(word) in _CUT for word in words):
        return None
    return " ".join(words).strip(_MARKS)[:LONGEST].strip() or None


def _bare(word: str) -> str:
    return word.strip(_MARKS).lower().replace("’", "'")


def sold(thing: str) -> bool:
    """It is of what companies sell, so that an interest in it is no figure of speech."""
    words = [_bare(word) for word in thing.split()]
    return not _SOLD.isdisjoint(words) and "to" not in words
