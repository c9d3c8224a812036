"""Which words may have one slip, and what they are then not to be taken for."""

from profile_sync.core.extract.text.languages import LANGUAGES
from profile_sync.core.extract.text.spelling import plain

LOOSE = """
    language languages customer customers executive executives contact callback whatsapp message messages prefer
    preferred telephone unsubscribe promotional marketing interested morning evening afternoon weekend weekends
    weekdays saturday sunday monday tuesday wednesday thursday friday neighbour delivery communicate understand
    support service immediately wheelchair slowly provide include required instead kindly calling anymore
""" + " ".join(name for names in LANGUAGES.values() for name in plain(names).split() if name.isascii())
"""The triggers, and the names of languages."""

ORDINARY = """
    contract contracts contest context content contacts contacted contracted customers costume customize
    customise costumes massage massages massaged message messaged prefers proffer refer prefix marketing
    marketings market interesting interests mornings moaning mourning warning evenings evening weekend weekended
    weekday sundays sundry mondays fridays neighbours deliver delivered deliveries communicated communicates
    understands understood supports supported supporter sport services serviced survive wheelchairs lowly slowed
    provided provides provider providers included includes requires falling calling calming caring carling
    culling callings executives executed languages kindle kinda blindly german germany germane france francois
    french frenchy bosnia bisque engel nepal korea korean russia romania serbia bulgaria croatia estonia armenia
    georgia mongolia somalia slovakia slovenia albania austria indonesia malaysia japan england english polished
    finish finishes finished turkey turkish marti martin march spinach spanking span swedes sweden norway greeks
    greece persona persian person arabia arabic arabica basic basque bengal bengals gujarat punjab kashmir assam
    maharashtra tamilnadu kerala families family similar italy italia hebrews kurds danishes portugal holland
    croissant hindu hindus hinder hindered hinting hiding marital martial maratha orion urdu roman romans
    romanize catalog catalan walsh
"""
