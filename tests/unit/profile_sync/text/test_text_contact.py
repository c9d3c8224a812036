"""Channels not wanted, channels liked, and when."""

import pytest

from profile_sync.core.extract.text import find

ACTIVE = 0.8


def active(comment: str, kind: str) -> list[object]:
    found = [f for f in find(comment) if f.preference.kind == kind and f.confidence >= ACTIVE]
    return [(f.preference.value, f.preference.stop) if kind == "do_not_contact" else f.preference.value for f in found]


@pytest.mark.parametrize(
    ("comment", "channel"),
    [
        ("stop calling me", "phone"),
        ("STOP CALLING ME!!!", "phone"),
        ("Don’t call me", "phone"),
        ("never call me again", "phone"),
        ("no more calls", "phone"),
        ("please no more phone calls", "phone"),
        ("no marketing calls please", "phone"),
        ("please do not contact me by phone", "phone"),
        ("I don't want to receive marketing calls", "phone"),
        ("I do not wish to be contacted", "phone"),
        ("remove my number from your calling list", "phone"),
        ("put me on your do not call list", "phone"),
        ("don't send me SMS", "sms"),
        ("stop texting me", "sms"),
        ("please stop sending me promotional messages", "sms"),
        ("no emails please", "email"),
        ("do not email me", "email"),
        ("unsubscribe me", "email"),
        ("take me off your mailing list", "email"),
        ("opt me out of marketing emails", "email"),
        ("mujhe call mat karo", "phone"),
        ("sms mat bhejo", "sms"),
        ("Rufen Sie mich nicht mehr an!", "phone"),
        ("keine Anrufe mehr bitte", "phone"),
        ("Ne m'appelez plus", "phone"),
        ("arrêtez de m'appeler", "phone"),
        ("No me llamen más", "phone"),
        ("dejen de llamarme", "phone"),
        ("Não me liguem mais", "phone"),
        ("Non chiamatemi più", "phone"),
        ("Bel me niet meer", "phone"),
        ("मुझे कॉल मत करो", "phone"),
        ("ফোন করবেন না", "phone"),
    ],
)
def test_a_channel_the_customer_forbids(comment: str, channel: str) -> None:
    assert active(comment, "do_not_contact") == [(channel, True)]
    assert active(comment, "call_back") == []


@pytest.mark.parametrize(
    ("comment", "channel"),
    [
        ("you can call me again", "phone"),
        ("you may text me again", "sms"),
        ("I would like to receive emails again", "email"),
    ],
)
def test_a_channel_may_be_allowed_again(comment: str, channel: str) -> None:
    assert active(comment, "do_not_contact") == [(channel, False)]


@pytest.mark.parametrize(
    "comment",
    [
        "they do not call me",
        "you don't call me when it matters",
        "if I don't call you, you do nothing",
        "Please don't call customers if you can't resolve",
        "Please don't cut the call",
        "don't call again and again to get help, that is how it is",
        "I got no calls",
        "No call from the delivery boy",
        "no call no message from the nurse",
        "no SMS received",
        "I never got the email",
        "No email confirmation was received",
        "phone calls are never answered",
        "no phone support",
        "don't send defective products",
        "stop cheating customers",
        "stop delivering damaged products",
        "stop taking calls from fraud sellers",
        "stop calling yourself customer care",
        "no more shopping here",
        "no more orders from me",
        "unsubscribe button does not work",
        "I unsubscribed last year and still get mails",
        "I want to unsubscribe from prime membership",
        "don't call me sir, solve the problem",
        "don't call me stupid",
        "do not ignore the emails of customers",
        "Please do not disconnect the chat",
        "don't call me in the morning",
        "please do not call me before 10 am",
        "They call me every day with offers",
        "aapne call nahi kiya",
        "phone nahi uthate",
    ],
)
def test_a_complaint_forbids_no_channel(comment: str) -> None:
    assert active(comment, "do_not_contact") == []


@pytest.mark.parametrize(
    ("comment", "channel"),
    [
        ("I prefer e-mail", "email"),
        ("I prefer WhatsApp over phone calls", "messaging"),
        ("prefer to be contacted by text", "sms"),
        ("I would rather chat", "chat"),
        ("only by WhatsApp", "messaging"),
        ("Only contact me by email", "email"),
        ("text me instead of calling", "sms"),
        ("Please email me instead", "email"),
        ("Don't call, just email", "email"),
        ("Please text, don't call", "sms"),
        ("Email is better for me", "email"),
        ("chat instead of phone please", "chat"),
        ("best way to reach me is by text", "sms"),
        ("my preferred channel is chat", "chat"),
        ("please inform me by SMS", "sms"),
        ("I want to be contacted by email not by phone", "email"),
        ("I prefer receiving information about my policy in the app rather than by post", "web"),
        ("mujhe whatsapp pe message karo", "messaging"),
        ("Ich möchte lieber per E-Mail kontaktiert werden", "email"),
        ("bitte nur per WhatsApp", "messaging"),
        ("Je préfère être contacté par mail", "email"),
        ("contactez-moi par e-mail", "email"),
        ("Prefiero correo electrónico", "email"),
        ("Prefiro WhatsApp", "messaging"),
        ("vorrei essere contattato via email", "email"),
        ("Liever per e-mail", "email"),
    ],
)
def test_a_channel_the_customer_likes(comment: str, channel: str) -> None:
    assert active(comment, "contact_channel") == [channel]


@pytest.mark.parametrize(
    "comment",
    [
        "I received an email",
        "I emailed you twice",
        "email support should be faster",
        "Only email support, very bad",
        "only chat is available",
        "the chat was disconnected",
        "please add live chat",
        "chat option please",
        "WhatsApp support is great",
        "I use whatsapp",
        "please send me the invoice by email",
        "send me email of the manager",
        "she told me to email the invoice",
        "please update my email address",
        "I prefer your store over Amazon",
        "I prefer buying in the app",
        "please fix the app",
        "only in the app it works",
        "kindly respond to call",
        "add email option for complaints",
        "No response by email",
        "the text was too long",
        "not possible to reach you on the phone",
        "an hour on the phone, the best you could do",
        "just got a call from the branch",
        "two seats free on the 2:15 pm train",
    ],
)
def test_a_channel_talked_of_is_not_a_channel_liked(comment: str) -> None:
    assert active(comment, "contact_channel") == []


@pytest.mark.parametrize(
    ("comment", "part"),
    [
        ("please call me after 6 pm", "evening"),
        ("please ring after 7pm", "evening"),
        ("call me in the morning", "morning"),
        ("call me between 10 and 12", "morning"),
        ("please call between 2 and 4 pm", "afternoon"),
        ("call me after 18:30", "evening"),
        ("contact me before noon", "morning"),
        ("I prefer evenings", "evening"),
        ("Mornings are best for me", "morning"),
        ("I am only available in the evenings", "evening"),
        ("I work nights so please call in the afternoon", "afternoon"),
    ],
)
def test_the_time_of_day_for_a_call(comment: str, part: str) -> None:
    found = [f for f in find(comment) if f.preference.kind == "contact_time"]
    assert [f.preference.value for f in found] == [part]
    assert found[0].confidence >= 0.75


@pytest.mark.parametrize(
    ("comment", "days"),
    [("call me on Saturdays", "saturday"), ("only on weekends", "weekend"), ("call me only on weekdays", "weekdays")],
)
def test_the_days_for_a_call(comment: str, days: str) -> None:
    assert active(comment, "contact_days") == [days]


@pytest.mark.parametrize(
    "comment",
    [
        "I saw the doctor in the morning",
        "My flight was in the evening",
        "waited till evening",
        "I waited from 9 am to 6 pm",
        "call at 5 pm was not attended",
        "please call me tomorrow morning",
        "on weekends the line is always busy",
        "your office is closed on Sunday",
        "the branch opens after 10 am",
        "my internet works only in the evening",
        "good morning",
        "a free room night",
        "24 seats available on the 2:15 pm",
        "rate 9 out of 10",
        "open on Saturdays please",
        "don't call me in the morning",
        "the technician came on Saturday",
        "deliver only in the evening",
        "Please call only between 9 am and 5 pm",
        "call me on Monday",
    ],
)
def test_a_time_that_is_not_for_contact(comment: str) -> None:
    assert active(comment, "contact_time") == active(comment, "contact_days") == []
