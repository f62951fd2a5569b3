"""What a vendor's search finds is put in an order that helps, and what does not help is left out."""

from bot.core.tickets import PastTicket
from bot.core.untrusted import Untrusted
from skills.triage.likeness import most_alike


def past(key: str, summary: str, description: str = "") -> PastTicket:
    return PastTicket(
        key=key,
        url=f"https://jira.example.com/browse/{key}",
        queue="OPS",
        summary=Untrusted(summary),
        description=Untrusted(description),
        fields={},
    )


FOUND = (
    past("OPS-5", "Who may edit the list of customers?", "I want to connect two people to it."),
    past("OPS-4", "Suspicious mail asks for my password", "Please look at it from home."),
    past("OPS-3", "VPN client cannot connect", "Timeout from home since the update."),
    past("OPS-2", "VPN connection drops", "The VPN client disconnects every hour."),
    past("OPS-1", "Printer is out of toner", "Second floor."),
)


def test_the_same_subject_comes_first_whatever_the_vendor_thinks() -> None:
    alike = most_alike("Cannot connect to VPN from home", "The VPN client says timeout.", FOUND, 5)
    assert [each.key for each in alike][:2] == ["OPS-3", "OPS-2"]
    assert alike[0].score > alike[1].score


def test_what_shares_no_subject_is_not_shown() -> None:
    alike = most_alike("Cannot connect to VPN from home", "The VPN client says timeout.", FOUND, 5)
    assert "OPS-1" not in {each.key for each in alike}
    assert most_alike("Espresso machine", "Descale it", FOUND, 5) == ()


def test_copies_of_one_summary_are_shown_once() -> None:
    copies = tuple(past(f"OPS-{n}", "VPN client cannot connect") for n in range(5))
    assert len(most_alike("VPN client cannot connect", "", copies, 5)) == 1


def test_no_words_and_a_megabyte_of_words_are_both_borne() -> None:
    assert most_alike("", "", FOUND, 5) == ()
    assert len(most_alike("VPN", "VPN client connect " * 60_000, FOUND, 2)) <= 2
