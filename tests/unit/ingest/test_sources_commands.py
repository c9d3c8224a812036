"""``amends source`` at a terminal: what it writes, what it says, and that a mistake changes nothing."""

import io
import json
import stat
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from events.runtime import plain_yaml
from ingest.commands.source import execute
from ingest.core.signatures import sign
from ingest.core.signing_input import Signed
from ingest.core.signing_schemes import SURVEYMONKEY, TWILIO, TYPEFORM, ZENDESK
from support.source_vendors import VENDORS


@dataclass
class Terminal:
    """An operator with a folder of their own."""

    folder: Path
    capture: pytest.CaptureFixture[str]
    monkeypatch: pytest.MonkeyPatch
    environ: dict[str, str] = field(default_factory=dict)
    out: str = ""
    err: str = ""

    def __call__(self, *arguments: str, stdin: bytes = b"") -> int:
        self.monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        code = execute(arguments, self.environ, VENDORS)
        self.out, self.err = self.capture.readouterr()
        return code

    @property
    def file(self) -> Path:
        return self.folder / "sources.yaml"

    def sources(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = plain_yaml.load(self.file)["sources"]
        return found

    def secret(self, name: str) -> str:
        return (self.folder / "secrets" / name).read_text().removesuffix("\n")


@pytest.fixture
def terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Terminal:
    (tmp_path / "secrets").mkdir()
    environ = {
        "INGEST_SOURCES_FILE": str(tmp_path / "sources.yaml"),
        "INGEST_SECRETS_DIR": str(tmp_path / "secrets"),
    }
    return Terminal(tmp_path, capsys, monkeypatch, environ)


def everything(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def unchanged(terminal: Terminal, action: Callable[[], int]) -> int:
    before = everything(terminal.folder)
    code = action()
    assert everything(terminal.folder) == before
    return code


# --- add


def test_the_first_source_makes_the_file_and_a_secret_that_only_we_may_read(terminal: Terminal) -> None:
    assert terminal("add", "shop", "--vendor", "forms", "--public-url", "https://amends.example.com") == 0
    assert plain_yaml.load(terminal.file) == {
        "public_url": "https://amends.example.com",
        "sources": [{"name": "shop", "vendor": "forms", "secrets": ["shop-secret"]}],
    }
    secret = terminal.secret("shop-secret")
    assert len(secret) >= 43
    assert stat.S_IMODE((terminal.folder / "secrets/shop-secret").stat().st_mode) == 0o600
    assert secret in terminal.out
    assert "https://amends.example.com/v1/webhooks/shop" in terminal.out
    assert "docs/integrations/forms.md" in terminal.out
    assert terminal.err == ""


def test_the_next_one_is_put_behind_with_what_was_asked_for_and_nothing_else(terminal: Terminal) -> None:
    terminal("add", "shop", "--vendor", "forms")
    command = ["add", "own", "--vendor", "generic", "--signature", "standard-webhooks", "--tenant", "acme"]
    command += ["--time-zone", "Europe/Berlin", "--channel", "chat", "--speaks-for", "/crm/a", "--speaks-for", "/crm/b"]
    assert terminal(*command) == 0
    assert terminal.sources()[1] == {
        "name": "own",
        "vendor": "generic",
        "tenant": "acme",
        "time_zone": "Europe/Berlin",
        "channel": "chat",
        "speaks_for": ["/crm/a", "/crm/b"],
        "signature": "standard-webhooks",
        "secrets": ["own-secret"],
    }
    assert terminal.secret("own-secret").startswith("whsec_")


def test_a_vendor_that_shows_a_secret_of_its_own_has_it_given(terminal: Terminal) -> None:
    assert unchanged(terminal, lambda: terminal("add", "desk", "--vendor", "desk")) == 1
    assert "--secret-from-stdin" in terminal.err
    assert terminal("add", "desk", "--vendor", "desk", "--secret-from-stdin", stdin=b"theirs&more\n") == 0
    assert terminal.secret("desk-secret") == "theirs&more"
    assert "theirs" not in terminal.out


def test_a_secret_that_lies_there_already_is_used(terminal: Terminal) -> None:
    (terminal.folder / "secrets/desk-secret").write_text("put there before")
    assert terminal("add", "desk", "--vendor", "desk") == 0
    assert terminal.secret("desk-secret") == "put there before"
    given = ("add", "other", "--vendor", "desk", "--secret-from-stdin")
    (terminal.folder / "secrets/other-secret").write_text("put there before")
    assert unchanged(terminal, lambda: terminal(*given, stdin=b"another\n")) == 1


def test_what_is_fetched_after_has_a_token_too(terminal: Terminal) -> None:
    terminal.environ["DATABASE_URL"] = "postgresql://a@127.0.0.1:1/never-asked"
    command = ("add", "poll", "--vendor", "monkey", "--api", "https://api.example.com", "--secret-from-stdin")
    assert unchanged(terminal, lambda: terminal(*command, stdin=b"id&secret\n")) == 1
    assert "--token-from-stdin" in terminal.err
    assert terminal(*command, "--token-from-stdin", stdin=b"id&secret\nt0ken\n") == 0
    assert terminal.secret("poll-secret") == "id&secret"
    assert terminal.secret("poll-token") == "t0ken"
    assert terminal.sources()[0]["api"] == {"base_url": "https://api.example.com", "token": "poll-token"}


def test_a_source_with_a_key_in_the_keys_file_is_added_without_one(terminal: Terminal) -> None:
    assert unchanged(terminal, lambda: terminal("add", "pbx", "--vendor", "pbx")) == 1
    assert "DATABASE_URL" in terminal.err
    assert "--no-key" in terminal.err
    assert terminal("add", "pbx", "--vendor", "pbx", "--no-key") == 0
    assert terminal.sources() == [{"name": "pbx", "vendor": "pbx"}]
    assert "<where ingest is reached>/v1/webhooks/pbx" in terminal.out


def test_the_vendors_own_options_are_given_one_by_one(terminal: Terminal) -> None:
    assert terminal("add", "shop", "--vendor", "forms", "--option", "depth=3") == 0
    assert terminal.sources()[0]["options"] == {"depth": 3}
    assert unchanged(terminal, lambda: terminal("add", "more", "--vendor", "forms", "--option", "depth=deep")) == 1
    assert "options.depth must be a whole number" in terminal.err
    for wrong in ("depth", "=3", "depth=["):
        assert terminal("add", "more", "--vendor", "forms", "--option", wrong) == 2


def test_a_source_known_by_its_address_needs_the_address(terminal: Terminal) -> None:
    assert unchanged(terminal, lambda: terminal("add", "org", "--vendor", "soap")) == 1
    assert "allow_from is required" in terminal.err
    assert terminal("add", "org", "--vendor", "soap", "--allow-from", "192.0.2.0/24") == 0
    assert "192.0.2.0/24" in terminal.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("shop", "--vendor", "forms"), "has a source shop already"),
        (("Shop!", "--vendor", "forms"), "name must be 1 to 63 lower-case letters"),
        (("more", "--vendor", "forms", "--time-zone", "Mars"), "time_zone is no time zone"),
        (("more", "--vendor", "pbx", "--no-key", "--speaks-for", "shop"), "speaks for shop, as sources[0] shop does"),
        (("more", "--vendor", "forms", "--signature", "typeform"), "signature is for vendor generic alone"),
        (("more", "--vendor", "calls", "--secret-from-stdin"), "needs public_url"),
        (("more", "--vendor", "desk", "--secret-from-stdin"), "signing secret on standard input is empty"),
    ],
)
def test_nothing_is_written_where_something_is_wrong(terminal: Terminal, arguments: tuple[str, ...], said: str) -> None:
    terminal("add", "shop", "--vendor", "forms")
    stdin = b"\n" if "desk" in arguments else b"x\n"
    assert unchanged(terminal, lambda: terminal("add", *arguments, stdin=stdin)) == 1
    assert said in terminal.err
    assert all(line.startswith("error: ") for line in terminal.err.splitlines())


def test_a_mistake_that_is_in_the_file_already_is_told_and_nothing_written(terminal: Terminal) -> None:
    terminal.file.write_text("sources: [{name: a, vendor: forms}, {name: b, vendor: nobody}]")
    assert unchanged(terminal, lambda: terminal("add", "shop", "--vendor", "forms")) == 1
    assert len(terminal.err.splitlines()) == 2


@pytest.mark.parametrize("text", ["sources: [{name: org, vendor: soap, allow_from: [192.0.2.0/24]}]", None])
def test_where_the_file_may_not_be_changed_the_entry_is_told(terminal: Terminal, text: str | None) -> None:
    if text is None:
        terminal.environ["INGEST_SOURCES_FILE"] = str(terminal.folder / "nowhere/sources.yaml")
    else:
        terminal.file.write_text(text)
    assert terminal("add", "shop", "--vendor", "forms") == 0
    assert "could not be changed" in terminal.out
    told = terminal.out[terminal.out.index("sources:") :].split("\n2. ")[0]
    assert plain_yaml.loads(told.replace("\n     ", "\n")) == {
        "sources": [{"name": "shop", "vendor": "forms", "secrets": ["shop-secret"]}]
    }
    assert terminal.secret("shop-secret") in terminal.out
    if text is not None:
        assert terminal.file.read_text() == text


def test_where_the_secret_may_not_be_kept_it_is_told_and_the_file_left_alone(terminal: Terminal) -> None:
    terminal.environ["INGEST_SECRETS_DIR"] = str(terminal.folder / "nowhere")
    assert terminal("add", "shop", "--vendor", "forms") == 0
    assert not terminal.file.exists()
    assert "the file shop-secret of INGEST_SECRETS_DIR" in terminal.out
    assert "name: shop" in terminal.out


@pytest.mark.parametrize(
    "arguments",
    [
        (),
        ("dance",),
        ("add",),
        ("add", "shop"),
        ("add", "shop", "--vendor", "nobody"),
        ("rotate", "shop", "--overlap", "soon"),
        ("check", "shop", "--header", "no colon"),
        ("check", "shop", "--now", "yesterday"),
        ("revoke",),
    ],
)
def test_a_command_line_that_makes_no_sense_exits_2(terminal: Terminal, arguments: tuple[str, ...]) -> None:
    assert terminal(*arguments) == 2
    assert terminal.err.startswith("usage: amends source")


@pytest.mark.parametrize("command", ["", "add", "list", "rotate", "revoke", "check"])
def test_every_command_explains_itself(terminal: Terminal, command: str) -> None:
    assert terminal(*([command] if command else []), "--help") == 0
    assert terminal.out.startswith("usage: amends source")


@pytest.mark.parametrize("arguments", [("list",), ("rotate", "a"), ("check", "a"), ("add", "a", "--vendor", "forms")])
def test_without_a_file_in_the_environment_it_says_which_variable_is_missing(
    terminal: Terminal, arguments: tuple[str, ...]
) -> None:
    terminal.environ.clear()
    assert terminal(*arguments) == 1
    assert terminal.err.startswith("error: INGEST_SOURCES_FILE is not set")


# --- list


def test_the_list_shows_how_each_proves_itself(terminal: Terminal) -> None:
    terminal("add", "shop", "--vendor", "forms", "--public-url", "https://a.example")
    terminal("add", "pbx", "--vendor", "pbx", "--no-key", "--tenant", "acme")
    assert terminal("list") == 0
    head, shop, pbx = terminal.out.splitlines()[:3]
    assert head.split() == ["name", "vendor", "tenant", "proof", "secrets", "key", "created", "expires", "last", "used"]
    assert shop.split() == ["shop", "forms", "default", "signature", "1", "?"]
    assert pbx.split() == ["pbx", "pbx", "acme", "API", "key", "-", "?"]
    assert terminal("list", "--json") == 0
    document = json.loads(terminal.out)
    assert [source["url"] for source in document["sources"]] == [
        "https://a.example/v1/webhooks/shop",
        "https://a.example/v1/webhooks/pbx",
    ]
    assert terminal.secret("shop-secret") not in terminal.out


# --- rotate


def test_a_rotation_puts_a_new_secret_before_the_old_and_then_the_old_one_goes(terminal: Terminal) -> None:
    terminal("add", "shop", "--vendor", "forms")
    old = terminal.secret("shop-secret")
    assert terminal("rotate", "shop") == 0
    assert terminal.sources()[0]["secrets"] == ["shop-secret-2", "shop-secret"]
    new = terminal.secret("shop-secret-2")
    assert new in terminal.out
    assert old not in terminal.out
    assert terminal("rotate", "shop", "--drop-old") == 0
    assert terminal.sources()[0]["secrets"] == ["shop-secret-2"]
    assert sorted(path.name for path in (terminal.folder / "secrets").iterdir()) == ["shop-secret-2"]
    assert unchanged(terminal, lambda: terminal("rotate", "shop", "--drop-old")) == 1


def test_a_secret_that_another_source_names_too_is_not_deleted(terminal: Terminal) -> None:
    for name in ("new", "old"):
        (terminal.folder / "secrets" / name).write_text(name)
    terminal.file.write_text(
        "sources:\n- {name: a, vendor: forms, secrets: [new, old]}\n- {name: b, vendor: forms, secrets: [old]}\n"
    )
    assert terminal("rotate", "a", "--drop-old") == 0
    assert terminal.secret("old") == "old"


def test_a_rotation_of_the_vendors_own_secret_has_it_given(terminal: Terminal) -> None:
    terminal("add", "desk", "--vendor", "desk", "--secret-from-stdin", stdin=b"first\n")
    assert unchanged(terminal, lambda: terminal("rotate", "desk")) == 1
    assert terminal("rotate", "desk", "--secret-from-stdin", stdin=b"second\n") == 0
    assert terminal.secret("desk-secret-2") == "second"
    assert "second" not in terminal.out


def test_what_has_nothing_to_rotate_says_so(terminal: Terminal) -> None:
    terminal("add", "org", "--vendor", "soap", "--allow-from", "192.0.2.0/24")
    terminal("add", "pbx", "--vendor", "pbx", "--no-key")
    for arguments in (("rotate", "org"), ("rotate", "pbx", "--drop-old"), ("rotate", "pbx"), ("rotate", "nobody")):
        assert unchanged(terminal, lambda arguments=arguments: terminal(*arguments)) == 1  # type: ignore[misc]
        assert terminal.err.startswith("error: ")
    assert "has no source nobody; it has org, pbx" in terminal.err


# --- check

FORM = b'{"id": "c-1", "name": "canary"}'


@pytest.fixture
def house(terminal: Terminal) -> Terminal:
    for name in ("s", "t"):
        (terminal.folder / "secrets" / name).write_text(f"secret-{name}")
    terminal.file.write_text(
        """
        public_url: https://amends.example.com
        sources:
          - {name: shop, vendor: forms, secrets: [s]}
          - {name: desk, vendor: desk, secrets: [s]}
          - {name: pbx, vendor: pbx}
          - {name: line, vendor: calls, secrets: [s]}
          - {name: poll, vendor: monkey, secrets: [s], api: {base_url: "https://api.example.com", token: t}}
        """
    )
    terminal.environ["DATABASE_URL"] = "postgresql://a@127.0.0.1:1/never-asked"
    return terminal


def test_check_shows_the_event_a_payload_becomes(house: Terminal) -> None:
    assert house("check", "pbx", "--json", stdin=FORM) == 0
    document = json.loads(house.out)
    assert document["accepted"] is True
    assert document["signature"] is None
    assert document["outcomes"][0]["event"] == "interaction.reported"
    assert document["outcomes"][0]["data"]["interaction_id"] == "c-1"
    assert house("check", "pbx", stdin=FORM) == 0
    assert "interaction.reported" in house.out
    assert 'interaction_id: "c-1"' in house.out
    assert "it would be taken" in house.out


def test_check_says_why_a_payload_is_ignored(house: Terminal) -> None:
    assert house("check", "pbx", stdin=b'{"test": true}') == 0
    assert "ignored: a test of the vendor's own" in house.out


@pytest.mark.parametrize(
    ("payload", "wrong"),
    [
        (b'{"name": "canary"}', "/id: is required"),
        (b'{"id": "canary', "not-json"),
        (b'{"id": ["canary"]}', "/id: must be a string"),
    ],
)
def test_check_says_what_is_wrong_with_its_place_and_repeats_nothing(
    house: Terminal, payload: bytes, wrong: str
) -> None:
    assert house("check", "pbx", stdin=payload) == 1
    assert wrong in house.out or wrong == "not-json"
    assert "it would be refused" in house.out
    assert "canary" not in house.out + house.err


def test_check_names_the_types_a_vendor_is_taken_in(house: Terminal) -> None:
    assert house("check", "pbx", "--content-type", "text/csv", stdin=FORM) == 1
    assert "Content-Type must be application/json" in house.out


def test_check_tells_what_would_be_fetched(house: Terminal) -> None:
    assert house("check", "poll", stdin=b'{"id": 77}') == 0
    assert "would be fetched: GET https://api.example.com/v3/responses/77" in house.out
    assert "not looked at" in house.out


@pytest.mark.parametrize(("ended", "made"), [("Ended=1", 1), ("Other=1", 0)])
def test_check_shows_the_contact_that_the_pieces_make_alone(house: Terminal, ended: str, made: int) -> None:
    assert house("check", "line", "--json", stdin=f"CallSid=CA1&{ended}".encode()) == 0
    document = json.loads(house.out)
    assert document["outcomes"][0]["part"] == "CA1"
    assert len(document["contacts"]) == made


def signed(scheme: Any, **request: Any) -> str:
    return sign(scheme, Signed("POST", headers=request.pop("headers", {}), **request), "secret-s")


URL = "https://amends.example.com/v1/webhooks/"


def test_check_verifies_a_signature_and_a_wrong_one_is_refused_though_the_payload_is_right(house: Terminal) -> None:
    right = signed(TYPEFORM, url=URL + "shop", body=FORM)
    assert house("check", "shop", "--header", f"Typeform-Signature: {right}", stdin=FORM) == 0
    assert "signature  genuine" in house.out
    assert house("check", "shop", "--header", f"Typeform-Signature: {right}", stdin=FORM + b" ") == 1
    assert "signature  wrong" in house.out
    assert "interaction.reported" in house.out
    assert house("check", "shop", "--header", "X-Other: 1", stdin=FORM) == 1
    assert "signature  no-signature" in house.out


def test_check_takes_the_clock_that_it_is_given(house: Terminal) -> None:
    stamp = "2026-03-02T10:00:00Z"
    headers = {"x-zendesk-webhook-signature-timestamp": stamp}
    right = signed(ZENDESK, url=URL + "desk", body=FORM, headers=headers)
    given = ["--header", f"X-Zendesk-Webhook-Signature: {right}"]
    given += ["--header", f"X-Zendesk-Webhook-Signature-Timestamp: {stamp}"]
    assert house("check", "desk", *given, "--now", "2026-03-02T10:04:00Z", stdin=FORM) == 0
    assert house("check", "desk", *given, "--now", "2026-03-02T10:06:00Z", "--json", stdin=FORM) == 1
    assert json.loads(house.out)["signature"] == "too-old"


def test_check_signs_the_public_url_or_the_one_it_is_given(house: Terminal) -> None:
    body, form = b"CallSid=CA1", [("CallSid", "CA1")]
    configured = signed(TWILIO, url=URL + "line", body=body, form=form)
    other = signed(TWILIO, url=URL + "line?leg=2", body=body, form=form)
    assert house("check", "line", "--header", f"X-Twilio-Signature: {configured}", stdin=body) == 0
    assert house("check", "line", "--header", f"X-Twilio-Signature: {other}", stdin=body) == 1
    url = ("--url", URL + "line?leg=2")
    assert house("check", "line", *url, "--header", f"X-Twilio-Signature: {other}", stdin=body) == 0


def test_nothing_in_a_payload_steers_the_terminal(house: Terminal) -> None:
    payload = "CallSid=CA\x1b[2J\x9b\u202e".encode()
    for arguments in (("line",), ("line", "--json")):
        assert house("check", *arguments, stdin=payload) == 0
        assert house.out.replace("\n", "").isprintable()
    assert json.loads(house.out)["outcomes"][0]["part"] == "CA\x1b[2J\x9b\u202e"


def test_check_never_shows_a_secret(house: Terminal) -> None:
    right = signed(SURVEYMONKEY, url=URL + "poll", body=b'{"id": 1}')
    for arguments in (("poll", "--header", f"Sm-Signature: {right}"), ("poll", "--json"), ("shop",)):
        house("check", *arguments, stdin=b'{"id": 1}')
        assert "secret-s" not in house.out + house.err
        assert "secret-t" not in house.out + house.err
