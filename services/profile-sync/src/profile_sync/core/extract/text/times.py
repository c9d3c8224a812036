"""Times of day and days of the week, as people write them."""

from events.preference import Days, PartOfDay

WORDS = {
    "part": """morning mornings mrng mrning afternoon afternoons evening evenings evng night nights noon
        lunchtime lunch midday vormittag vormittags nachmittag nachmittags abend abends morgens
        mittag mittags matin apresmidi laprèsmidi soir tarde noche manhã noite mattina mattino
        pomeriggio sera ochtend middag avond subah shaam sham raat dopahar सुबह शाम दोपहर रात সকালে
        বিকেলে সন্ধ্যায়""",
    "week": """monday mondays tuesday tuesdays wednesday wednesdays thursday thursdays friday fridays
        saturday saturdays sunday sundays weekend weekends weekday weekdays montag montags dienstag
        mittwoch donnerstag freitag freitags samstag samstags sonntag sonntags wochenende werktags
        lundi mardi mercredi jeudi vendredi samedi dimanche lunes martes miercoles jueves viernes
        sabado domingo sabato domenica ravivar zaterdag zondag maandag""",
    "after": "after nach apres despues dopo baad past later",
    "before": "before bfore befor vor avant antes prima voor pehle pahle till",
    "between": "between zwischen entre tra tussen",
    "hours": "hours office shift",
}
PARTS: dict[PartOfDay, str] = {
    "morning": """morning mornings mrng mrning vormittag vormittags morgens matin manhã mattina mattino
        ochtend subah सुबह সকালে""",
    "midday": "noon lunchtime lunch midday mittag mittags dopahar दोपहर",
    "afternoon": "afternoon afternoons nachmittag nachmittags apresmidi laprèsmidi tarde pomeriggio middag বিকেলে",
    "evening": """evening evenings evng night nights abend abends soir noche noite sera avond shaam sham raat
        शाम रात সন্ধ্যায়""",
}
DAYS: dict[Days, str] = {
    "weekdays": "weekday weekdays werktags",
    "weekend": "weekend weekends wochenende",
    "monday": "monday mondays montag montags lundi lunes maandag",
    "tuesday": "tuesday tuesdays dienstag mardi martes",
    "wednesday": "wednesday wednesdays mittwoch mercredi miercoles",
    "thursday": "thursday thursdays donnerstag jeudi jueves",
    "friday": "friday fridays freitag freitags vendredi viernes",
    "saturday": "saturday saturdays samstag samstags samedi sabado sabato zaterdag",
    "sunday": "sunday sundays sonntag sonntags dimanche domingo domenica ravivar zondag",
}
_REGULAR = """mondays tuesdays wednesdays thursdays fridays saturdays sundays weekend weekends weekday weekdays werktags
    montags freitags samstags"""
REGULAR = frozenset(_REGULAR.split())
"""Days that are not just the next one."""
