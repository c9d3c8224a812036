"""The words for channels, and for reaching people on them."""

from events.vocabulary import Channel

WORDS = {
    "ring": """call cal cll ring callback kall anrufen anruft rufen ruft rufe ruf anruf ruckruf zuruckrufen
        appelez appeler rappeler rappelez telephoner telephonez rappel llamar llamen llame llamada
        ligar liguem ligue liga chiamare chiamate chiami chiamata bellen terugbellen bel zadzwoncie
        zadzwonic oddzwoncie dzwoncie dzwonic ringa telepon telpon تتصل تتصلوا звонить telefonieren कॉल काल কল
        arayin звоните позвоните перезвоните 打电话 打電話 전화""",
    "phone": "phone telephone telefon फोन फ़ोन ফোন",
    "calls": """calls cals phonecalls robocalls anrufe appels llamadas ligacoes telefoontjes telefonate""",
    "calling": "calling ringing phoning calln callin",
    "called": "called calld rang phoned angerufen zuruckgerufen gebeld appele appelee llamado chiamato",
    "phone_only": "telephonically mobile cell landline",
    "number": "number num nummer numero contactno",
    "contact": """contact contect contct reach kontakt kontaktieren contacter contato contacto contactez
        contactar contacten contatar contattare correspond контакт связаться hubungi revert संपर्क যোগাযোগ""",
    "contacting": "contacting disturbing bothering harassing spamming pestering bugging annoying",
    "contacted": """contacted disturbed bothered reached benaderd kontaktiert contattato contattata contactado
        contactada
        contatado""",
    "emailed": "emailed mailed",
    "texted": "texted messaged",
    "email": """email emails mail mails gmail emaill emial mailing emailing courriel courriels correo
        correos correio imel electronico eletronico ईमेल मेल ইমেইল почту электронной 邮件 メール""",
    "sms": "sms smses text texts texting txt एसएमएस এসএমএস 短信",
    "message": """message messages msg msgs nachricht nachrichten mensaje mensajes mensagem mensagens
        messaggio messaggi bericht berichten मैसेज मेसेज মেসেজ сообщения сообщение""",
    "messaging": """whatsapp whatsap watsapp watsap whatapp whtsapp wattsapp telegram viber messenger imessage
        व्हाट्सएप व्हाट्सऐप হোয়াটসঅ্যাপ wechat ватсап""",
    "chat": "chat chats chatting livechat webchat चैट চ্যাট",
    "web": "app application portal website",
    "video": "video",
    "social": "twitter facebook instagram",
    # written together
    "ring me": """callme cllme calme llamenme llamame chiamatemi chiamami richiamatemi richiamami richiamarmi
        chiamarmi ligueme llamarme mappeler mappelez""",
    "ring me back": "callmeback callmback",
    "please ring": "plscall plzcall pleasecall",
    "please ring me": "plscallme plzcallme pleasecallme",
    "contact me": "contactme contattatemi contactenme",
    "not ring": "dontcall donotcall",
    "not ring me": "dontcallme donotcallme",
    "stop calling": "stopcalling",
    "stop calling me": "stopcallingme",
    "no more": "nomore",
    "send me": "schicktmir envienme enviarme mandatemi envoyezmoi menvoyez menvoyer sendme",
    "email me": "emailme mailme",
    "sms me": "textme",
    "of ring": "dappels dappel",
    "of email": "demail demails",
    "of sms": "desms",
}
CHANNEL_OF: dict[str, Channel] = {
    **dict.fromkeys(("ring", "phone", "calls", "calling", "phone_only", "contacting", "contacted", "contact"), "phone"),
    **dict.fromkeys(("email", "emailed"), "email"),
    **dict.fromkeys(("texted", "sms", "message"), "sms"),
    "messaging": "messaging",
    "chat": "chat",
    "web": "web",
    "video": "video",
    "social": "social",
}
"""The channel a word speaks of."""
