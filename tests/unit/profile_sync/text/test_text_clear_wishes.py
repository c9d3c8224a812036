"""Wishes said clearly, in many trades and some tongues: each is found, and it alone. The sentences are ours."""

import pytest

from profile_sync.core.extract.text import find

ACTIVE = 0.8

KINDS = frozenset(
    ("contact_time", "contact_days", "delivery", "interest", "dislike", "accessibility", "form_of_address")
)


def active(comment: str) -> list[tuple[str, object]]:
    found = (f for f in find(comment) if f.preference.kind in KINDS and f.confidence >= ACTIVE)
    return [(f.preference.kind, f.preference.value) for f in found]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("I'm an early bird, mornings work best for a call.", "morning"),
        ("Ring me in the afternoons only please, I sleep till noon.", "afternoon"),
        ("Evenings are better for me, thanks.", "evening"),
        ("Best time to reach me: mornings.", "morning"),
        ("If you phone, only after 6 pm please.", "evening"),
        ("Am besten erreichen Sie mich vormittags.", "morning"),
        ("Bitte erst abends anrufen.", "evening"),
        ("Llámenme por la tarde, por favor.", "afternoon"),
        ("Appelez-moi le matin s'il vous plaît.", "morning"),
        ("Me liguem à noite por favor.", "evening"),
        ("mujhe shaam ko hi call kijiye", "evening"),
        ("only reachable evenings, I drive a truck", "evening"),
        ("mornings r best for me, evenings im at the gym", "morning"),
        ("Afternoons work best for me.", "afternoon"),
        ("I'm a nurse on day shift so please ring only in the evening.", "evening"),
        ("I prefer mornings for calls.", "morning"),
        ("I can only talk in the evenings.", "evening"),
        ("Lunchtime suits me best.", "midday"),
        ("Please call after 18:00 only.", "evening"),
        ("Bitte nur morgens anrufen, danke.", "morning"),
        ("Preferisco il pomeriggio.", "afternoon"),
        ("Je préfère le soir.", "evening"),
        ("You'll catch me in the morning, mornings suit me best.", "morning"),
        ("Kindly phone only after 7pm.", "evening"),
        ("I would prefer afternoons.", "afternoon"),
        ("Por favor llamen por la noche.", "evening"),
        ("Best time to call me is in the morning.", "morning"),
        ("evenings only plz, i teach all day", "evening"),
    ],
)
def test_a_time_of_day_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("contact_time", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("Saturdays suit me best.", "saturday"),
        ("Weekends only please, I'm on site all week.", "weekend"),
        ("Please ring on weekdays only.", "weekdays"),
        ("I'm free to talk on Wednesdays.", "wednesday"),
        ("Fridays are best for me.", "friday"),
        ("Sundays are the only day I can speak.", "sunday"),
        ("weekends only pls", "weekend"),
        ("I'm only free on Mondays.", "monday"),
        ("Please contact me on weekdays.", "weekdays"),
        ("I can only talk on Saturdays.", "saturday"),
        ("Tuesdays are best for me.", "tuesday"),
        ("Please call me on weekends.", "weekend"),
    ],
)
def test_days_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("contact_days", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("Please phone me before you drop anything off.", "call-before"),
        ("Give me a ring before delivering, the gate is locked.", "call-before"),
        ("The gate is locked so call before delivery please.", "call-before"),
        ("Let me know a day before the technician comes.", "call-before"),
        ("You can always leave my parcels at the door.", "at-the-door"),
        ("Please leave packages on the porch.", "at-the-door"),
        ("If I'm out give my parcels to the neighbour.", "with-a-neighbour"),
        ("Bitte geben Sie Pakete beim Nachbarn ab.", "with-a-neighbour"),
        ("Deliver to the parcel locker please.", "pickup-point"),
        ("I'd rather collect my parcels from a pickup point.", "pickup-point"),
        ("Deliver only in the evenings please.", "evening"),
        ("I'm home on weekends only so deliver then, weekend deliveries please.", "weekend"),
        ("Morning deliveries suit me best.", "morning"),
        ("Evening appointments work best for me.", "evening"),
        ("Please deliver to my workplace.", "at-work"),
        ("Only contactless delivery for me.", "contactless"),
        ("Never leave parcels with the neighbours please.", "in-person"),
        ("Bitte vor der Lieferung anrufen.", "call-before"),
        ("Delivery se pehle call karo", "call-before"),
        ("Laissez les colis devant la porte svp.", "at-the-door"),
        ("Please have the driver call before delivery.", "call-before"),
        ("plz call me bfore u deliver", "call-before"),
        ("I want a call before the technician comes.", "call-before"),
        ("Always call before delivering please, big dog.", "call-before"),
        ("If nobody is home leave it at the front door.", "at-the-door"),
        ("Parcels can be left at the door.", "at-the-door"),
        ("Please drop parcels with my neighbor.", "with-a-neighbour"),
        ("I prefer picking up at a pickup point.", "pickup-point"),
        ("Send my packages to a locker please.", "pickup-point"),
        ("Please deliver in the evening.", "evening"),
        ("I prefer morning appointments.", "morning"),
        ("Please only deliver on weekdays.", "weekdays"),
        ("Please hand parcels to me personally.", "in-person"),
        ("Please always deliver to my office.", "at-work"),
        ("contactless delivery pls, weak immune system", "contactless"),
        ("Appelez-moi avant de livrer svp.", "call-before"),
        ("Please text me before you come, I work nights.", "call-before"),
        ("Kindly call before arriving.", "call-before"),
        ("Ask your driver to call me before delivery.", "call-before"),
        ("Leave my deliveries on the porch please.", "at-the-door"),
        ("Leave it with my neighbours please.", "with-a-neighbour"),
        ("Afternoon appointments suit me best.", "afternoon"),
        ("I prefer evening deliveries.", "evening"),
        ("Deliver only on weekends please.", "weekend"),
    ],
)
def test_a_delivery_habit_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("delivery", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("I'm interested in heat pumps.", "heat pumps"),
        ("Let me know when the electric bike is back in stock.", "electric bike"),
        ("Please tell me when the garden furniture is available again.", "garden furniture"),
        ("I'd love to hear about your travel insurance.", "travel insurance"),
        ("I'd be interested in fibre for my village.", "fibre for my village"),
        ("Notify me when the green model is in stock.", "green model"),
        ("Ich interessiere mich für Solaranlagen.", "Solaranlagen"),
        ("Je suis intéressé par la fibre.", "fibre"),
        ("Estoy interesado en los seguros de hogar.", "seguros de hogar"),
        ("I am interested in electric cars.", "electric cars"),
        ("I'm interested in opening a business account.", "opening a business account"),
        ("Tell me when the decaf is back in stock plz", "decaf"),
        ("I would love to hear more about pet insurance.", "pet insurance"),
        ("I'm very interested in your spa packages.", "spa packages"),
        ("we are interested in a mortgage", "mortgage"),
        ("Keep me posted on new deals.", "new deals"),
        ("Ich bin an Ihren Kursen interessiert, I am interested in your courses", "courses"),
        ("I'm interested in tents.", "tents"),
        ("I am interested in your dental plan.", "dental plan"),
        ("Please let me know when the winter tyres are back in stock.", "winter tyres"),
        ("I'd love to hear more about your solar offers.", "solar offers"),
        ("I would be interested in a cruise.", "cruise"),
    ],
)
def test_an_interest_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("interest", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("Please don't send me any more special offers.", "special offers"),
        ("Never offer me a credit card again.", "credit card"),
        ("Stop trying to sell me insurance.", "insurance"),
        ("I don't want to deal with bots.", "bots"),
        ("No chatbot please, a real person.", "chatbot"),
        ("Please stop sending me surveys.", "surveys"),
        ("No plastic packaging please.", "plastic packaging"),
        ("Please no substitutions in my order.", "substitutions"),
        ("Don't send my parcels with that courier again.", "courier"),
        ("Please don't play hold music to me.", "music"),
        ("Ich möchte keine Werbung mehr.", "Werbung"),
        ("Je ne veux pas parler à un robot.", "robot"),
        ("Please don't offer me credit cards again.", "credit cards"),
        ("Never offer me the extended warranty again.", "extended warranty"),
        ("I don't want to talk to a bot ever again.", "bot"),
        ("no more chatbots plz", "chatbots"),
        ("Don't send me promotions.", "promotions"),
        ("No more surveys, please.", "surveys"),
        ("Stop offering me insurance.", "insurance"),
        ("Please no more hold music.", "hold music"),
        ("Please no third party couriers.", "third party couriers"),
        ("I don't want to be offered loans.", "loans"),
        ("Please never offer me insurance again.", "insurance"),
        ("Don't send me surveys.", "surveys"),
        ("I never want to speak to a bot again.", "bot"),
        ("Please no plastic packaging.", "plastic packaging"),
        ("Bitte keine Werbung mehr.", "Werbung"),
        ("I do not want any more offers.", "offers"),
        ("Stop trying to sell me loans.", "loans"),
    ],
)
def test_what_is_not_to_be_offered_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("dislike", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("I'm a bit hard of hearing so please speak up.", "hearing"),
        ("I am profoundly deaf.", "hearing"),
        ("I have low vision.", "sight"),
        ("I'm registered blind.", "sight"),
        ("Could I get my bills in large print?", "large-print"),
        ("A little slower please.", "slowly"),
        ("Please talk slower, I'm 84.", "slowly"),
        ("Parlez plus lentement s'il vous plaît.", "slowly"),
        ("I have a stammer.", "speech"),
        ("I'm a wheelchair user.", "mobility"),
        ("Please explain in simple words.", "plain-words"),
        ("I can't use the phone, please write.", "text-only"),
        ("Sono sordo.", "hearing"),
        ("Hable más despacio por favor.", "slowly"),
        ("I'm almost deaf, so text please.", "hearing"),
        ("I have hearing loss.", "hearing"),
        ("I have trouble hearing, speak up please.", "hearing"),
        ("My vision is very poor.", "sight"),
        ("i am legally blind", "sight"),
        ("Please send statements in large print.", "large-print"),
        ("Could you speak slower please?", "slowly"),
        ("Slower please!", "slowly"),
        ("bitte etwas langsamer sprechen", "slowly"),
        ("I'm in a wheelchair.", "mobility"),
        ("I cannot walk far.", "mobility"),
        ("I can't climb stairs.", "mobility"),
        ("Plain language please, I am new to this.", "plain-words"),
        ("I have a speech impediment.", "speech"),
        ("I cannot take phone calls.", "text-only"),
        ("Ich bin taub.", "hearing"),
        ("I am a bit deaf.", "hearing"),
        ("Je suis malentendant.", "hearing"),
        ("I'm partially sighted.", "sight"),
        ("My eyesight is very poor.", "sight"),
        ("I need large print.", "large-print"),
        ("Can you talk slowly please?", "slowly"),
        ("Please speak slower, English is my third language.", "slowly"),
        ("I use a wheelchair so I need a ramp.", "mobility"),
        ("Please use simple language.", "plain-words"),
    ],
)
def test_a_need_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("accessibility", value)]


@pytest.mark.parametrize(
    ("comment", "value"),
    [
        ("Please call me Dr Osei.", "dr"),
        ("Please use my first name.", "first-name"),
        ("It's Mr, not Mrs.", "mr"),
        ("Du kannst mich gerne duzen.", "informal"),
        ("Vous pouvez me tutoyer.", "informal"),
        ("I go by Ms, not Mrs.", "ms"),
        ("You can call me by my first name.", "first-name"),
        ("Don't use my first name, we are not friends.", "last-name"),
        ("Bitte bleiben wir beim Sie, siezen Sie mich.", "formal"),
        ("My title is Professor, please use it.", "prof"),
        ("Please address me as Mrs Okafor.", "mrs"),
        ("I prefer to be called by my first name.", "first-name"),
        ("It's Doctor Lind, please.", "dr"),
        ("call me ms not miss", "ms"),
        ("I don't like to be called by my first name.", "last-name"),
        ("Wir können uns gerne duzen.", "informal"),
        ("Bitte nicht duzen.", "formal"),
        ("Please be formal with me.", "formal"),
        ("Tutoyez-moi svp.", "informal"),
        ("My title is Mx.", "mx"),
        ("Call me by my first name please.", "first-name"),
        ("Please address me as Mr Tan.", "mr"),
        ("It's Professor Hale, please.", "prof"),
        ("Du kannst mich duzen.", "informal"),
        ("I prefer Mrs.", "mrs"),
    ],
)
def test_a_form_of_address_said_clearly(comment: str, value: str) -> None:
    assert active(comment) == [("form_of_address", value)]
