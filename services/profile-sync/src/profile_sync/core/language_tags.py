"""Writing a language tag the usual way."""


def canonical(tag: str) -> str:
    """``PT-br`` as ``pt-BR``, ``ZH-hans`` as ``zh-Hans`` (BCP 47, RFC 5646 section 2.1.1)."""
    language, *rest = tag.split("-")
    return "-".join((language.lower(), *map(_subtag, rest)))


def _subtag(text: str) -> str:
    if len(text) == 2:
        return text.upper()
    return text.title() if len(text) == 4 and text.isalpha() else text.lower()
