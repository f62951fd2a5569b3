"""Personal data and passwords as people, tables and mail programs write them; names that are also words."""

from __future__ import annotations

import pytest

from bot.core.redaction import redact
from tests.bot.core.test_redaction import hidden


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("AB 12 34 56 C", "NATIONAL_ID"),
        ("12345678Z", "NATIONAL_ID"),
        ("X1234567L", "NATIONAL_ID"),
        ("RSSMRA85T10A562S", "NATIONAL_ID"),
        ("85.07.30-033.28", "NATIONAL_ID"),
        ("756.9217.0769.85", "NATIONAL_ID"),
        ("2.55.08.14.168.025.38", "NATIONAL_ID"),
        ("2 55 08 14\n> 168 025 38", "NATIONAL_ID"),
        ("FR76 3000 6000 0112\n> 3456 7890 189", "IBAN"),
        ("FR76\t3000\t6000\t0112\t3456\t7890\t189", "IBAN"),
        ("FR76*_3000 6000 0112 3456 7890 189", "IBAN"),
        ("FR76&nbsp;3000&nbsp;6000&nbsp;0112&nbsp;3456&nbsp;7890&nbsp;189", "IBAN"),
        ("FR76</td><td>3000 6000 0112 3456 7890 189", "IBAN"),
        ("4111.1111.1111.1111", "CARD"),
        ("4111 1111\n1111 1111", "CARD"),
        ("4111</b><b>1111 1111 1111", "CARD"),
        ("06/12/34/56/78", "PHONE"),
        ("06 12 34\n56 78", "PHONE"),
        ("jane.roe [at] example.com", "EMAIL"),
        ("jane.roe(at)example(dot)com", "EMAIL"),
        ("jane.roe @ example.com", "EMAIL"),
        ("jane.roe\\@example.com", "EMAIL"),
    ],
)
def test_what_people_and_mail_programs_set_apart_is_found_and_put_back(text: str, kind: str) -> None:
    done = redact([f"it is {text} , thanks"])

    assert done.own == (f"it is <{kind}_1> , thanks",)
    assert done.restore(done.own[0]) == f"it is {text} , thanks"


@pytest.mark.parametrize(
    "written",
    [
        "\uff14\uff11\uff11\uff11 1111 1111 1111",
        "\u0664\u0661\u0661\u0661 1111 1111 1111",
        "\U0001d7d2111 1111 1111 1111",
        "4111\u20131111\u20131111\u20131111",
        "4111 1111 1111 1111 12/27 123",
    ],
)
def test_a_card_is_found_in_any_digits_and_beside_its_date(written: str) -> None:
    assert hidden(written).removesuffix(" 12/27 123") == "<CARD_1>"


@pytest.mark.parametrize(
    "text",
    [
        "12345678A",
        "X1234567A",
        "RSSMRA85T10A562T",
        "756.9217.0769.80",
        "4111.1111.1111.1112",
        "server SW12 34 X",
    ],
)
def test_what_has_the_wrong_check_digit_is_no_id(text: str) -> None:
    assert "NATIONAL_ID" not in hidden(text)
    assert "CARD" not in hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "**Password:** Soleil2024!",
        "*Password*: Soleil2024!",
        "<b>Password:</b> Soleil2024!",
        "<td>Password</td>\n<td class='x'>Soleil2024!</td>",
        "|| password || Soleil2024! ||",
        "| password | Soleil2024! |",
        "Password - Soleil2024!",
        "password -> Soleil2024!",
        "password\uff1aSoleil2024!",
        "Password for the VPN: Soleil2024!",
        "mot de passe du wifi : Soleil2024!",
        "le mdp c'est Soleil2024!",
        "Das Kennwort lautet Soleil2024!",
        "my password is currently Soleil2024!",
        "the password Soleil2024! does not work",
        "the wifi password at the office is Soleil2024!",
        "mon mot de passe « Soleil2024! » ne marche pas",
        "Kennwort \u201eSoleil2024!\u201c",
        "password was changed from Soleil2023! to Soleil2024!",
        "mes identifiants : jane / Soleil2024!",
        "Password:\n\nSoleil2024!",
        "password: |\n  Soleil2024!",
        "<db-password>Soleil2024!</db-password>",
        "mysql -u root -pSoleil2024! desk",
        "sshpass -p 'Soleil2024!' ssh host",
        "net use Z: \\\\srv\\x /user:dom\\jane Soleil2024!",
        "tool --db-password Soleil2024!",
    ],
)
def test_a_password_is_found_in_every_kind_of_form(text: str) -> None:
    assert "Soleil" not in hidden(text)
    assert "<SECRET_1>" in hidden(text)


@pytest.mark.parametrize(
    "text", ["PIN: 4821", "votre code de sécurité est 482913", "your OTP is 482913", "CVV 123"]
)
def test_digits_that_let_somebody_in_are_a_secret(text: str) -> None:
    assert hidden(text).endswith(" <SECRET_1>")


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ("https://x.example.com/y?sig=abC%2Fd123EF456ghiJKL789mno%3D", "abC%2Fd123EF456ghiJKL789mno%3D"),
        ("Set-Cookie: JSESSIONID=9F86D081884C7D659A2FEAA0; Path=/", "9F86D081884C7D659A2FEAA0"),
        ("BitLocker 123456-234567-345678-456789-567890-678901-789012-890123", "123456-234567"),
    ],
)
def test_what_opens_a_session_or_a_disk_is_a_secret(text: str, secret: str) -> None:
    assert secret not in hidden(text)


@pytest.mark.parametrize(
    "text",
    [
        "password - expired yesterday",
        "| password | expired |",
        "password reset -> go to portal",
        "Password expired 2 days ago: error 0x8007",
        "password reset failed with code: 0x80070056",
        "The password policy changed: see https://wiki.example.com/x",
        "spin 3000 times, code 404, error code: 500",
        "passwords for SAP/R3 and O365 fail: error=0x80070056",
        "password prompt on port=8443/tcp v5.0.1+build7",
        "my password no longer works!! code=AADSTS50126",
        "password expired on 2026-11-21 at 10:30",
        "password is with jane2 (desk #4711)",
        "ticket --secret-santa list 2026",
        "no password manager [cid:image005.jpg@01d22f4f] [cid:image006.jpg@01d22f4f]",
    ],
)
def test_what_only_speaks_of_a_password_stays(text: str) -> None:
    assert hidden(text) == text


@pytest.mark.parametrize(
    ("name", "text", "done"),
    [
        (
            "Will May",
            "it may fail, I will come: Will May, Will",
            "it may fail, I will come: <PERSON_1>, <PERSON_2>",
        ),
        ("Jean Petit", "un petit souci. PETIT, Jean", "un petit souci. <PERSON_1>"),
        ("Jan van der Horst", "der Toner; van der Horst, horst", "der Toner; van der <PERSON_1>, <PERSON_2>"),
    ],
)
def test_a_name_that_is_a_word_does_not_take_the_word_out_of_the_language(
    name: str, text: str, done: str
) -> None:
    assert hidden(text, names=(name,)) == done


def test_what_an_address_is_for_is_nobodys_name() -> None:
    assert hidden("password.reset@example.com: password reset failed") == "<EMAIL_1>: password reset failed"
    assert hidden("order.status@example.com: the status of an order") == "<EMAIL_1>: the status of an order"
