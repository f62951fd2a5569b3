"""Personal data and secrets do not leave; what a desk needs to read stays."""

from __future__ import annotations

import base64
import time

import pytest

from bot.core.redaction import has_holes, redact

SOME = 1 << 16


def hex_of(letter: str) -> str:
    return hex(ord(letter))


def packed(text: str) -> str:
    return base64.b64encode(text.encode()).decode()


def hidden(text: str, *, names: tuple[str, ...] = ()) -> str:
    return redact([text], names=names).own[0]


@pytest.mark.parametrize(
    ("text", "value", "kind"),
    [
        ("write to jane.o'neil+it@mail.example.co.uk.", "jane.o'neil+it@mail.example.co.uk", "EMAIL"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "DE89 3704 0044 0532 0130 00", "IBAN"),
        ("iban gb82west12345698765432", "gb82west12345698765432", "IBAN"),
        ("card 4111 1111 1111 1111 was charged", "4111 1111 1111 1111", "CARD"),
        ("amex 378282246310005", "378282246310005", "CARD"),
        ("host 10.20.30.40 is down", "10.20.30.40", "IP"),
        ("gateway fe80::1ff:fe23:4567:890a", "fe80::1ff:fe23:4567:890a", "IP"),
        ("2001:db8:85a3:0:0:8a2e:370:7334 times out", "2001:db8:85a3:0:0:8a2e:370:7334", "IP"),
        ("SSN 078-05-1120", "078-05-1120", "NATIONAL_ID"),
        ("my social security number is 078051120", "078051120", "NATIONAL_ID"),
        ("NIR 2 69 05 49 588 157 80", "2 69 05 49 588 157 80", "NATIONAL_ID"),
        ("call +33 1 23 45 67 89 today", "+33 1 23 45 67 89", "PHONE"),
        ("call (212) 555-0187 x42", "(212) 555-0187 x42", "PHONE"),
        ("mobile 0612345678", "0612345678", "PHONE"),
        ("mobile 03.93.92.16.85", "03.93.92.16.85", "PHONE"),
        ("not answering at 71-33-52-22", "71-33-52-22", "PHONE"),
    ],
)
def test_it_hides_personal_data_and_can_put_it_back(text: str, value: str, kind: str) -> None:
    done = redact([text])

    assert done.own[0] == text.replace(value, f"<{kind}_1>")
    assert done.restore(done.own[0]) == text


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("key AKIAQ3EGVMPVKXJ7RZ2A leaked", "AKIAQ3EGVMPVKXJ7RZ2A"),
        ("use ghp_" + "a1B2" * 9, "ghp_" + "a1B2" * 9),
        ("xoxb-" + "123456789012-123456789012-abcDEF", "xoxb-" + "123456789012-123456789012-abcDEF"),
        ("sk-ant-" + "api03-" + "x" * 30, "sk-ant-" + "api03-" + "x" * 30),
        ("AIza" + "Sy0" * 11 + "ab", "AIza" + "Sy0" * 11 + "ab"),
        ("eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0NTY3ODkwIn0.dozjgNryP4J3jVmNHl0w5N", "eyJhbGciOiJIUzI1NiJ9"),
        ("Password: hunter", "hunter"),
        ("Le mot de passe est Été2024!", "Été2024!"),
        ("the password was changed to Winter#1", "Winter#1"),
        ("my password is Winter2026", "Winter2026"),
        ("client_secret = 'abcd-efgh-ijkl'", "abcd-efgh-ijkl"),
        ('{"api_key": "zzzzyyyyxxxx"}', "zzzzyyyyxxxx"),
        ("Authorization: Bearer abcdefgh12345678", "abcdefgh12345678"),
        ("DATADOG_APP: 0a1b2c3d4e5f6a7b8c9d0e1f2a3b", "0a1b2c3d4e5f6a7b8c9d0e1f2a3b"),
        ("twilio token_for_prod => 'q1w2e3r4t5y6u7'", "q1w2e3r4t5y6u7"),
        ("discord_id: 537466485839761300", "537466485839761300"),
        ("curl -s -u admin:S3cr3tPw https://x", "S3cr3tPw"),
        ('curl -H "X-Api-Key: abcdefghij"', "abcdefghij"),
        ("kind: Secret\ndata:\n  password: aHVudGVyMg==", "aHVudGVyMg=="),
        ('<add key="ClearTextPassword" value="hunter2" />', "hunter2"),
        ("https://acme.webhook.office.com/webhookb2/" + "a1b2c3d4-" * 8, "a1b2c3d4-a1b2c3d4"),
        ("bot 987654321:A" + "a1B2c" * 6 + "x1Y2", "A" + "a1B2c" * 6),
        ("postgres://app:s3cr3t@db.example/prod", "s3cr3t"),
        ("postgres://app:p@ss/w0rd@db.example/prod", "ss/w0rd"),
        (r'body: "{\"password\": \"hunter2hunter\"}"', "hunter2hunter"),
        ("https://x.example/cb?next=%2Flogin%3Ftoken%3Dabcd1234efgh", "abcd1234efgh"),
        ("user%3Djane%26password%3A%22hunter2hunter%22", "hunter2hunter"),
        ("Password:\nHunter2!abc\nThanks", "Hunter2!abc"),
        ("> Mot de passe\u00a0:\r\n>  Winter2026\r\n", "Winter2026"),
        ("**Password:**\nWinter2026", "Winter2026"),
        ("mot de passe\u00a0: Winter2026", "Winter2026"),
        ("pw: Hunter22, contraseña: azerty12", "azerty12"),
        ("pw: Hunter22, contraseña: azerty12", "Hunter22"),
        ("see " + packed("AKIAIOSFODNN7EXAMPLE"), packed("AKIAIOSFODNN7EXAMPLE")),
        (f"data={packed('user=jane&password=hunter2')}.", packed("user=jane&password=hunter2")),
        (f"<{packed('postgres://app:s3cr3t@db/prod')}>", packed("postgres://app:s3cr3t@db/prod")),
        ("pass\u034fword: Hunter22 and to\ufe0fken: abcd1234", "Hunter22"),
        ("pass\u034fword: Hunter22 and to\ufe0fken: abcd1234", "abcd1234"),
    ],
)
def test_it_hides_secrets_for_good(text: str, secret: str) -> None:
    done = redact([text])

    assert secret not in done.own[0]
    assert secret not in done.restore(done.own[0])
    assert has_holes(done.restore(done.own[0]))


def test_a_private_key_that_a_mail_quotes_is_a_secret_line_by_line() -> None:
    marks = "-----BEGIN OPENSSH PRIVATE KEY-----", "-----END OPENSSH PRIVATE KEY-----"
    block = f"> {marks[0]}\n> b3BlbnNzaC1rZXk\n> QyNTUxOQAAACD\n> {marks[1]}"

    assert "QyNT" not in hidden(f"she wrote:\n{block}\n> regards")
    assert "regards" in hidden(f"she wrote:\n{block}\n> regards")


@pytest.mark.parametrize("blank", ["\u00a0", "\u202f", "\u2009", "\u2007"], ids=hex_of)
def test_blanks_that_do_not_break_hide_nothing(blank: str) -> None:
    for kind, value in (
        ("PHONE", "06 12 34 56 78"),
        ("IBAN", "FR76 3000 6000 0112 3456 7890 189"),
        ("CARD", "4111 1111 1111 1111"),
        ("NATIONAL_ID", "2 69 05 49 588 157 80"),
    ):
        assert hidden(f"see {value.replace(' ', blank)}.") == f"see <{kind}_1>."


@pytest.mark.parametrize("at", ["%40", "\uff20", "&#64;", "&commat;", "\u034f@", "@\ufe0f"], ids=ascii)
def test_an_address_in_another_spelling_is_one(at: str) -> None:
    assert hidden(f"to=jane.roe{at}mail.example.com&x") == "to=<EMAIL_1>&x"


@pytest.mark.parametrize("end", ["-----END RSA PRIVATE KEY-----", ""])
def test_half_of_a_private_key_is_a_secret_too(end: str) -> None:
    block = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nMIIEpAIBAAKCAQEA7bq\nc3VwZXI=\n" + end

    assert "MIIE" not in hidden(f"see {block}")
    assert "c3Vw" not in hidden(f"see {block}")


@pytest.mark.parametrize(
    "text",
    [
        "The password is expired, please reset it.",
        "The password is wrong.",
        "It began on 2026-11-20 14:05:33 and again on 20.11.2026.",
        "Build 10.0.19041 fails with 0x80070005, see INC0012345 and OPS-1234.",
        "Mount /oracle/SID_37/erpdata21/sr3psa1d_7/sr3psa1d.data16 is full on HostName_1048/HostName_1049",
        "Correlation ID: SID_215af9d-3033-3000-ace7-0cf21c145e14",
        "Jira: release-2026-11 is out, discord: see #general, heroku: app-prod-europe",
        "The monkey: banana. Keyboard = broken.",
        "Meeting from 10:30 to 11:45, room 4.12.",
        "Order 123 of 456 items, 95 % done.",
        "std::vector<int> overflows",
        f"It says {packed('printer is broken')} in the header.",
        "Password:\nPlease reset it.",
        "Password:\nUsername:\nhttps://reset.example.com/start?step=1",
        "Token: \n\nSee INC0012345",
        "https://files.example.com:8443/share/jane@home, tcp://db:5432/x@y",
        "100%40 of them, discount&#64; and so on",
    ],
)
def test_it_leaves_what_a_desk_has_to_read(text: str) -> None:
    assert hidden(text) == text


def test_one_value_is_one_placeholder_in_every_text_of_the_question() -> None:
    done = redact(["a@example.com wrote", "b@example.com and a@example.com"])

    assert done.own == ("<EMAIL_1> wrote", "<EMAIL_2> and <EMAIL_1>")


def test_values_of_other_peoples_tickets_are_never_put_back() -> None:
    done = redact(["mine: me@example.com"], others=["theirs: you@example.com, also me@example.com"])

    assert done.others == ("theirs: <EMAIL_2>, also <EMAIL_1>",)
    assert done.restore("<EMAIL_1> <EMAIL_2>") == "me@example.com <EMAIL_2>"


def test_a_placeholder_that_somebody_typed_gets_nobodys_value() -> None:
    done = redact(["put <EMAIL_1> here", "real@example.com"])

    assert done.own[0] == "put [EMAIL_1] here"
    assert "real@example.com" not in done.restore(done.own[0])


def test_names_from_the_directory_are_hidden_in_either_order_and_alone() -> None:
    text = "Jane Roe called; Roe, Jane is away. Jane's roes and the janes stay."

    assert hidden(text, names=("Jane Roe",)) == (
        "<PERSON_1> called; <PERSON_2> is away. <PERSON_3>'s roes and the janes stay."
    )


@pytest.mark.parametrize(
    "written",
    ["Hélène Müller", "Helene Muller", "He\u0301le\u0300ne Mu\u0308ller", "MULLER, Helene", "helene"],
)
def test_a_name_is_one_with_and_without_its_accents(written: str) -> None:
    for known in ("Hélène Müller", "He\u0301le\u0300ne Mu\u0308ller"):
        assert hidden(f"{written} called; the hel and a mule stay", names=(known,)) == (
            "<PERSON_1> called; the hel and a mule stay"
        )


def test_a_mail_address_gives_its_owners_name_away() -> None:
    text = "jane.roe@example.com: regards, Jane Roe"

    assert hidden(text) == "<EMAIL_1>: regards, <PERSON_1>"
    assert hidden("help.desk@example.com: the help desk") == "<EMAIL_1>: the help desk"


HOSTILE = {
    "passwords said": "password a1!a1!a1! ",
    "flags": "--password -",
    "elements": "<password>a</",
    "shells": "mysql sshpass -p net use ",
    "accounts set apart": "DE12 3456\n> ",
    "cards set apart": "4111&nbsp;",
    "cells": "<td>password</td> ",
    "words between": "password for a b c d e ",
    "spoken addresses": "a[at]b.",
    "addresses apart": "a.b @ ",
    "digits of others": "\u0664",
    "letters": "a",
    "digits": "1",
    "spaced digits": "1 ",
    "dotted": "12.",
    "at signs": "a@",
    "domains": "a@a.",
    "key headers": "-----BEGIN PRIVATE KEY-----",
    "half headers": "-----BEGIN",
    "passwords": "password=",
    "tokens": "token",
    "accounts": "GB12 AAAA ",
    "colons": "a:",
    "jwt": "eyJ",
    "jwt parts": "eyJaaaaaaaaaaa.",
    "logins": "a://b:",
    "dates": "2020-01-01 ",
    "dashes": "1-",
    "brackets": "(12) 34 ",
    "names": "ab.cd@",
    "placeholders": "<EMAIL_",
    "spaces": " ",
    "accents": "é",
    "issuers": "twitter=",
    "issuers' keys": "key=a1b2c3,",
    "issuers and blanks": "twitter                    = ",
    "logins by hand": "curl -u ",
    "headers": "authorization: ",
    "manifests": "kind: secret\n a: ",
    "capitals that grow": "İ",
    "packed words": "cGFzc3dvcmQ9aHVudGVyMg ",
    "packed without an end": "QUJD",
    "addresses in links": "a%40",
    "addresses in links' names": "a%40a.",
    "labels above": "password:\n",
    "labels above and blanks": "password:        \n        ",
    "logins with signs": "a://b:c@",
    "logins with slashes": "a://b:c/",
    "quoted keys": "-----BEGIN PRIVATE KEY-----\n> a: b\n> ",
    "escaped marks": 'password\\\\"',
}


@pytest.mark.parametrize("unit", HOSTILE.values(), ids=HOSTILE.keys())
def test_near_matches_take_no_more_than_their_length(unit: str) -> None:
    text = unit * (SOME // len(unit))
    began = time.process_time()

    redact([text], names=["Jane Roe"])

    assert time.process_time() - began < 0.5
