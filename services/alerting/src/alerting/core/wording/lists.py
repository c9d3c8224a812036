"""What a customer writes who complains, or who threatens with the law. Our own lists; ``*`` stands for any ending.

Each phrase must mean the same in every language listed, accents left out: all are looked for in every comment, since
people do not always write in the language a survey was sent in. So there is no "sue" (a name) and no "avocat" alone.
"""

COMPLAINT: tuple[str, ...] = (
    # English
    "complain", "complains", "complained", "complaining", "complaint*", "unacceptable", "disgrace*", "appalling",
    "outrageous", "worst service", "worst experience", "never again", "ripped off", "rip off", "rude", "lied to",
    "want my money back", "demand a refund", "speak to a manager", "talk to a manager", "speak to your manager",
    "cancel my contract", "cancel my account", "cancelling my",
    "still waiting for", "waste of time", "utterly useless",
    # Deutsch
    "beschwer*", "reklamation*", "reklamier*", "unverschamt*", "frechheit*", "katastrophal*", "unfreundlich*",
    "nie wieder", "mein geld zuruck", "kundige meinen", "kundige den", "kundigung*", "inakzeptabel*", "zumutung",
    # Français
    "plainte", "plaintes", "me plaindre", "porter reclamation", "faire une reclamation", "inadmissible*",
    "inacceptable*", "scandaleu*", "honteu*", "plus jamais", "veux etre rembourse*", "resilier mon", "impoli*",
    "irrespectueu*",
    # Español
    "queja*", "quejar*", "reclamacion*", "inaceptable*", "vergonzoso*", "verguenza", "pesimo*", "pesima*",
    "nunca mas", "devuelvan mi dinero", "darme de baja", "maleducad*", "estafa*",
    # Italiano
    "reclamo", "reclami", "lamentel*", "inaccettabil*", "vergogn*", "scandalos*", "mai piu", "voglio il rimborso",
    "maleducat*", "pessim*", "truffa*",
    # Português
    "reclamac*", "reclamar", "queixa*", "inaceitave*", "vergonha", "pessimo*", "nunca mais", "quero o reembolso",
    "quero meu dinheiro", "mal educad*",
    # Nederlands
    "klacht*", "klagen", "onacceptab*", "schandalig*", "schandelijk*", "nooit meer", "mijn geld terug",
    "onbeschoft*", "opzeggen",
    # Polski
    "skarg*", "reklamacj*", "niedopuszczaln*", "skandal*", "nigdy wiecej", "zadam zwrotu", "niegrzeczn*", "oszust*",
    # Svenska, dansk, norsk
    "klagomal*", "oacceptab*", "uacceptab*", "uakseptab*", "skandalos*", "aldrig mer", "aldrig igen",
    "aldri igjen", "otrevlig*", "uforskammet*",
    # Türkçe
    "sikayet*", "rezalet*", "kabul edilemez", "paramı geri", "bir daha asla",
    # 日本語, 中文
    "苦情", "クレーム", "許せない", "二度と", "返金して", "投诉", "投訴", "要求退款", "无法接受", "無法接受",
)  # fmt: skip

LEGAL: tuple[str, ...] = (
    # English
    "lawyer*", "attorney*", "solicitor*", "legal action*", "legal step*", "legal proceeding*", "lawsuit*",
    "will sue", "going to sue", "sue you", "sue your", "sue them", "suing", "take you to court",
    "taking you to court", "see you in court", "small claims", "class action", "ombudsman", "trading standards",
    "consumer protection", "press charges", "report you to", "data protection authority", "better business bureau",
    # Deutsch
    "rechtsanwalt*", "anwalt*", "rechtliche schritte", "rechtsweg*", "klage ein*", "verklag*", "anzeige erstatt*",
    "strafanzeige*", "verbraucherzentrale*", "verbraucherschutz*", "schlichtungsstelle*", "vor gericht",
    "bundesnetzagentur",
    # Français
    "mon avocat", "un avocat", "une avocate", "notre avocat", "tribunal", "tribunaux", "poursuites judiciaires",
    "action en justice", "porter plainte", "mise en demeure", "en justice", "ufc que choisir", "dgccrf",
    # Español
    "abogad*", "demandar*", "acciones legales", "accion legal", "denuncia*", "juzgado*", "tribunales",
    "oficina del consumidor", "hoja de reclamaciones", "hojas de reclamaciones",
    # Italiano
    "avvocat*", "vie legali", "azione legale", "azioni legali", "querela*", "denuncer*", "tribunale",
    "associazione consumatori", "codacons",
    # Português
    "advogad*", "processo judicial", "processar voces", "acao judicial", "medidas legais", "procon",
    "livro de reclamacoes", "vou processar",
    # Nederlands
    "advocaat", "advocate*", "juridische stappen", "rechtszaak*", "naar de rechter", "aangifte doen",
    "consumentenbond", "geschillencommissie",
    # Polski
    "adwokat*", "prawnik*", "do sadu", "pozew", "pozwe", "rzecznik* konsument*", "droga sadowa",
    # Svenska, dansk, norsk
    "advokat*", "jurist*", "stamma er", "rattsliga atgarder", "stamning*", "forbrukertilsynet",
    "forbrugerombudsmand*", "konsumentverket", "retssag*", "rettssak*",
    # Türkçe
    "avukat*", "mahkeme*", "dava acacag*", "dava acar*", "tuketici hakem*",
    # 日本語, 中文
    "弁護士", "訴え", "裁判", "法的措置", "消費者センター", "律师", "律師", "起诉", "起訴", "法院", "消费者协会",
)  # fmt: skip

HARMLESS: tuple[str, ...] = (
    "no complaint", "no complaints", "not a complaint", "without complaint", "without complaints", "zero complaints",
    "nothing to complain", "can t complain", "cannot complain", "can not complain", "never rude", "not rude",
    "keine beschwerde*", "kein grund zur beschwerde", "nichts zu beschweren", "keine klage*", "nicht unfreundlich*",
    "aucune plainte*", "pas de plainte*", "sans plainte*", "ninguna queja*", "sin queja*",
    "ningun problema ni queja", "nessun reclamo", "nessuna lamentel*", "sem reclamac*", "nenhuma reclamac*",
    "sem queixa*", "geen klacht*", "niets te klagen", "bez skarg*", "zadnych skarg*", "inga klagomal",
    "sikayetim yok",
)  # fmt: skip
