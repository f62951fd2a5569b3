"""Whatever happens to a ticket, in whatever order: nothing runs that nobody agreed to, nothing runs twice."""

from bot.core.dossier import Status
from tests.properties.parts import hunt
from tests.properties.ticket_machine import TicketMachine

TestOneTicket = TicketMachine.TestCase
TestOneTicket.settings = hunt(200)


def test_the_machine_gets_everywhere_worth_looking() -> None:
    """One that only ever stumbles at the door would find nothing and say that all is well."""
    TicketMachine.reached.clear()
    found = TicketMachine.TestCase
    found.settings = hunt(150)
    found("runTest").runTest()
    ends = {status.value for status in Status} - {"pending", "denied", "cancelled", "undone"}
    missed = {end for end in (*ends, "edited", "note gone") if TicketMachine.reached[end] < 3}
    assert not missed, f"hardly ever reached: {missed} of {TicketMachine.reached}"
