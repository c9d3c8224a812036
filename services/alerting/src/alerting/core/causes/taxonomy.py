"""What each cause means, in words for whoever chooses one. The system first, the agent last."""

from dataclasses import dataclass

from alerting.core.case.state import Cause


@dataclass(frozen=True, slots=True)
class Description:
    """One cause as people read it.

    Attributes:
        title: what a list shows.
        meaning: one sentence.
        looks_like: what such a contact usually looks like.
        owner: who can usually mend it.
        hint: what to ask oneself before choosing it; None for most.
    """

    cause: Cause
    title: str
    meaning: str
    looks_like: str
    owner: str
    hint: str | None = None


TAXONOMY: tuple[Description, ...] = (
    Description(
        "training",
        "Training",
        "People were never shown, or not practised enough, how this is done.",
        "New process or new colleague; the same step goes wrong with several people; long holds to ask around.",
        "Training, with the team's lead",
    ),
    Description(
        "knowledge",
        "Knowledge",
        "The answer was missing, wrong, out of date or impossible to find while the customer waited.",
        "Two colleagues say two things; the customer was told something that is not so; solved twice, not solved.",
        "Whoever owns the knowledge base",
    ),
    Description(
        "workflow",
        "Workflow",
        "The way work is handed on loses, delays or repeats it.",
        "Promised call not made; told the story again each time; days of waiting for a refund or an approval.",
        "Whoever owns the process, often the back office",
    ),
    Description(
        "information_system",
        "Information system",
        "A system that the agent works with was down, slow, or showed something wrong.",
        "“My system is slow today”; the order was not to be seen; charged twice.",
        "IT, or the vendor of the system",
    ),
    Description(
        "staffing",
        "Staffing and queue wait",
        "There were fewer people than the demand needed, at that hour.",
        "Long wait, abandoned in the queue, nobody picked up.",
        "Workforce planning",
    ),
    Description(
        "ivr",
        "Phone menu",
        "The menu before the queue kept the customer from getting where they wanted.",
        "Left in the menu; none of the choices fitted; cut off by the menu.",
        "Whoever owns the phone system",
    ),
    Description(
        "routing",
        "Routing",
        "The contact went to people who could not help with it.",
        "Passed on two times or more; wrong department.",
        "Contact-centre operations",
    ),
    Description(
        "self_service",
        "Self-service",
        "Website, app or bot failed, so that the customer had to ask a person at all.",
        "Could not log in; the bot went in circles; the page showed an error.",
        "Digital product",
    ),
    Description(
        "product_policy",
        "Product or policy",
        "The service was as it should be; the product or the rule is what the customer is unhappy with.",
        "Fee, contract term, price, return rule; a product that breaks.",
        "Product management, with legal where it is a term",
    ),
    Description(
        "agent",
        "Agent",
        "One person acted in a way nobody in the same place, with the same tools, would have.",
        "Rare, once the other causes have been looked at.",
        "The team's lead, in private",
        "Would a colleague with the same training, tools, time and rules have done better? If not, it is one of the"
        " causes above. (The substitution test: Reason, Managing the Risks of Organizational Accidents, 1997.)",
    ),
)
"""In the order of CAUSES, which is the order in which people should think of them."""

_BY_CAUSE: dict[Cause, Description] = {described.cause: described for described in TAXONOMY}


def describe(cause: Cause) -> Description:
    return _BY_CAUSE[cause]
