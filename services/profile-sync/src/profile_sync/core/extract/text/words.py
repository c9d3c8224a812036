"""Words that rules of several kinds need, by what they mean, in the languages we read.

A word stands once, under what it nearly always means in a customer's remark; one that may mean anything stands
        nowhere.
Words are compared without case and accents. Misspellings of short words are listed; some long ones may have a slip.
"""

WORDS = {
    # asking
    "please": """please pls plz plss plzz pleas plese plase plees plx kindly bitte favor favore favour plait sil svp
        veuillez merci cortesia alsjeblieft alstublieft aub graag kripya kripaya कृपया दया অনুগ্রহ
        দয়া lutfen пожалуйста tolong mohon prosze 请 請 麻烦 ください 주세요 주십시오 رجاء""",
    "request": "request requesting",
    "want": """want wants wanna need needs require requires wish mochte mochten wunsche hatte voudrais veux
        souhaite souhaiterais aimerais quiero quisiera necesito deseo gustaria quero queria gostaria
        preciso desejo voglio vorrei desidero zou chahiye chahie chahta chahti chaiye chaie chahte
        chahiy चाहिए चाहता चाहती चाहूंगा চাই vendum venum venam kavali beku joiye pahije istiyorum
        хочу 想""",
    "needed": "needed required wanted requested wanting needing erbeten gewunscht gevraagd",
    "like": "like love appreciate",
    "prefer": """prefer prefers preferred preferring prefered preferable preferably preference lieber
        bevorzuge bevorzugt liebsten liefst prefere preferons prefiero preferiria prefiro preferisco preferirei
        liever pasand पसंद পছন্দ предпочитаю""",
    "could": """can could would may might cud wud konnen konnten konnt kannst pouvez pourriez puede pueden
        podrian podria podem
        poderiam potete potreste kunt kunnen""",
    "should": "should shud shuld must shall",
    "have": "have get make tell ask let arrange schedule book",
    "why": "why wy warum wieso pourquoi waarom kyu kyun kyo kyon क्यों কেন how",
    # who
    "me": """me myself mich mir moi mij mujhe mujhko mujko mujhse muje hume hame humko hamko hamein मुझे
        हमें मुझको मुझसे আমাকে আমাদের мне мной mnie mig meg بي saya beni bana 我 us uns ons""",
    "i could": "id",
    "will": "will wil going gonna",
    "i": "i ill we ich je jai yo eu io ik hum मैं हम আমি я",
    "i be": "im iam",
    "i have": "ive",
    "they be": "its hes shes theyre",
    "i speak": "parlo hablo falo",
    "my": "my our mera meri mere mes meine meinen meinem meiner meu minha mio mijn मेरा मेरी मेरे আমার мой",
    "you": "you vous u ya sie tu usted ustedes voce voces lei voi aap apko aapko आप আপনি আপনারা вы",
    "your": "your ur yours ihr ihre vos votre seu sua vostro uw aapka aapke apke apka",
    "someone": "someone somebody anyone anybody jemand quelquun alguien alguem qualcuno iemand koi",
    "they": """they he she it nobody noone none theyll his him her their them who which system boy guy driver
        seller vendor unhone usne woh niemand personne nadie ninguem nessuno কেউ किसी""",
    "agent": """agent agents executive executives exicutive exicutives excutive excutives exec execs
        representative representatives rep reps staff staffs team advisor adviser advisors operator
        operators employee employees associate associates officer officers person persons manager
        managers supervisor supervisors specialist technician consultant telecaller telecallers
        caller callers speaker speakers member mitarbeiter berater conseiller agente agentes asesor
        operador operatore medewerker""",
    "folk": """people peoples customers costumers coustomers users clients everyone everybody others
        villagers farmers citizens seniors parents mother father mom dad mum wife husband son
        daughter brother sister friend elders elderly folks indians keralites tamilians malayalis
        buyers passengers patients students""",
    "many": "many much multiple several",
    "customer": "customer costumer coustomer custmer cust customercare client consumer",
    # saying yes and no
    "not": """not dont donot donnot dnt nicht kein keine keinen niet geen nao mat मत ना नहीं न না নয় не jangan
        inte ikke لا""",
    "no": "no nein non",
    "never": "never nvr nie niemals nunca mai nooit kabhi कभी",
    "ne": "ne",
    "pas": "pas plus jamais",
    "didnt": """didnt didn doesnt doesn wont havent hasnt hadnt isnt wasnt werent arent wouldnt couldnt
        shouldnt nahi nahin nhi nai nehi didint didnot dosent dosnt without""",
    "cannot": "cannot cant unable unavailable",
    "stop": """stop stopp quit cease discontinue hort arretez arreter cessez dejen deje paren parem pare
        basta sluta slutt перестаньте smettetela smettete smetta chega bandh बंद বন্ধ stoppen stopt""",
    "avoid": "avoid",
    "band": "band",
    "more": "more mehr mas mais piu meer больше wiecej",
    "again": "again anymore dobara dubara wieder nuevo novo encore weer nochmal lagi igen مرة",
    "need_not": """necessary zaroorat zarurat jarurat jaroorat jarurt ज़रूरत जरूरत দরকার notig necesario
        necessaire besoin necessario nodig""",
    # doing
    "do": """do karo karen karein kare kijiye kijie kijiyega kariye kariyega kro krna karna kren krdo
        kardo kardijiye dijiye dijie dena dedo करो करें करे कीजिए कीजिये करना करिए दीजिए दें दो করুন
        করেন করো করবেন কর দিন দেন""",
    "does": "does did done doing kiya kia kiye gaya gayi raha rahe rahi karta karte karti sakta sakte sake",
    "give": """give provide add include included introduce offer implement enable start put assign ensure rakho rakhe
        availability availible avilable bring hire added geben anbieten donner dar ofrecer""",
    "improve": "improve increase",
    "use": "use choose change switch translate",
    "selected": "selected chose chosen opted",
    "know": "know knows knowing understand understands understanding understood samajh",
    "speak": """speak antworten antwortet repondre repondez responder spek talk tlk converse communicate
        communicating communication answer assist explain
        reply respond response guide sprechen reden parler hablar falar falem parlare praten spreken
        parle spreche baat bat kotha bole bolna बात কথা বলতে""",
    "bolo": "bolo bolun boliye samjhao बोलो बोलिए বলুন говорите hablen",
    "speaks": "speaks talks",
    "spoke": "spoke talked",
    "spoken": "speaking spoken talking",
    "send": """send forward schicken senden schickt envoyer envoyez enviar envien enviem envie inviare
        sturen stuur bhejo bhejiye bheje bhejna भेजें भेजो পাঠান""",
    "sending": "sending",
    "receive": "receive receiving getting recieve recive",
    "service": """service services servce support suport help helping helpline care center centre centers desk
        line hotline helpdesk assistance option options setting settings facility facilities soporte
        atencion atendimento assistenza kundendienst unterstutzung beratung seva सेवा সাপোর্ট সেবা""",
    # saying what others say, and under which condition
    "said": """said told says saying asked asking promised promise assured tells mentioned replied claims
        claimed kaha kehte bola dit sagte sagten dijo""",
    "if": """if unless until incase wenn falls agar अगर यदि যদি otherwise whether when whenever jab cuando
        quand quando""",
    "but": """but because becoz bcoz bcz cause since however though although so aber pero ma maar lekin
        therefore hence""",
    "and": "and nd then und et aur और এবং or oder ou",
    # small words
    "a": "a an the one any some ein eine einen un une una uma een ek these those",
    "this": "this that",
    "be": """be is are am was were been being ist bin sind est suis es soy sou sono essere etre ser ben
        hai hain hoon hu है हूँ""",
    "in": "in into auf en em mein mei inn में",
    "by": "by via per par por through thru over using pe पर",
    "on": "on at um",
    "to": "to zu ko ke ki para को के",
    "of": "of di de del des da von van ka का",
    "for": "for fur pour",
    "too": "too also auch aussi tambien anche ook bhi भी",
    "with": "with mit avec con com met",
    "just": "just",
    "only": """only onli solely nur seulement uniquement solo solamente somente apenas soltanto alleen
        sirf keval केवल सिर्फ শুধু только""",
    "instead": "instead statt anstatt anstelle",
    "rather": "rather",
    "than": "than als",
    "back": "back bck bak terug zuruck zurueck indietro",
    "now": """now asap immediately immediatly urgent urgently soon today tomorrow tonight tmrw kal aaj
        abhi jaldi turant quickly earliest regarding about concerning reg subito sofort heute morgen
        maintenant ahora agora demain manana amanha domani once""",
    "daily": "daily everyday constantly repeatedly continuously unnecessarily always every",
    "inform": "inform notify update intimate alert",
    "from": "from aus",
    "out": "out",
    "informed": "informed",
    "available": "available reachable",
    "work": "work working works",
    "see": "see saw",
    "find": "find found",
    "take": "take attend pick",
    "parcel": """parcel parcels package packages pkg packet packets item items shipment paket colis paquete
        pacote pacco pakket""",
    "delivery": "delivery deliveries livraison lieferung delivary dilivery",
    "pickup": "pickup collect",
    "product": "products product",
    "easier": "easier better convenient suitable",
    "future": "future next",
    "off": "off",
    "come": "come comes coming",
    "sir": "sir madam maam mam bro",
    "title": "dr doctor mr mister mrs ms miss mx prof professor",
    "such": "such",
    "all": "all",
    "thanks": "thanks thank thankyou thnx thanx thx tnx thanku danke gracias grazie obrigado",
    "bot": "bot bots chatbot chatbots robot robots ai ivr",
    "promo": """promotional promotion promotions marketing advertising advertisement advertisements ads spam
        sales unsolicited unwanted commercial werbe werbung reklame publicidad pubblicita publicite
        cold junk robo telemarketing offers""",
    "ever": "ever really ja",
    "list": "list lists verteiler database records",
    "poor": """bad worst poor proper properly good fluent fluently fluency accent broken clear clearly
        pronunciation grammar weak learn learning improving terrible horrible pathetic
        understandable nice excellent great awesome gut schlecht""",
}
