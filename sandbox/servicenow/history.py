"""Closed incidents of the past, for the bot to learn from: the same words, people and dates every time."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Final

from sandbox.servicenow.store import STAMP

FIRST: Final = dt.datetime(2026, 1, 5, 8, 0, tzinfo=dt.UTC)
PLACES: Final = ("the Leeds office", "floor 3", "the Porto warehouse", "meeting room Birch", "the front desk")
DEVICES: Final = ("ThinkPad T14", "Latitude 7440", "EliteBook 840", "Surface Pro", "MacBook Air")
SINCE: Final = ("this morning", "yesterday", "last night", "Monday morning", "lunchtime today")
WHO: Final = ("I", "Two of us", "The whole team", "A new starter", "My manager")
CALLERS: Final = ("dan", "alice", "bob", "carol", "dan")
RESOLVERS: Final = {
    "Service Desk": "alice",
    "Identity": "alice",
    "Security": "alice",
    "Network": "bob",
    "Hardware": "bob",
    "Software": "carol",
    "Database": "carol",
    "ERP Support": "carol",
}


@dataclass(frozen=True)
class Past:
    """One incident of the past, in the words people see."""

    fields: dict[str, str]
    opened_at: str
    resolved_at: str
    caller: str
    resolver: str


# Columns: category, subcategory, group, impact/urgency, short description, description, how it ended.
# {place} {device} {since} {who} are filled differently each time round.
TEMPLATES: Final[tuple[tuple[str, str, str, str, str, str, str], ...]] = (
    (
        "network", "vpn", "Network", "2/2",
        "VPN drops every few minutes",
        "{who} cannot stay connected to the VPN since {since}. It signs in, then the tunnel drops.",
        "Client was on 5.0; updated to 5.2 and switched off IPv6 on the home adapter.",
    ),
    (
        "network", "wireless", "Network", "2/2",
        "No Wi-Fi in {place}",
        "Laptops see the office network in {place} but do not get past 'connecting'. Started {since}.",
        "Access point had lost its uplink; replaced the patch cable and restarted it.",
    ),
    (
        "network", "dns", "Network", "1/2",
        "Internal names do not resolve from {place}",
        "From {place} intranet.example.com is not found, while the outside internet works. Since {since}.",
        "Second DNS server answered with an old zone; forced a transfer and cleared its cache.",
    ),
    (
        "network", "dhcp", "Network", "2/2",
        "{device} gets a 169.254 address",
        "Plugged in at {place}, the laptop never gets a proper address. Other sockets behave the same.",
        "Scope for that segment was full; extended it and shortened the lease time.",
    ),
    (
        "network", "firewall", "Network", "2/3",
        "Supplier portal blocked from {place}",
        "The page of our supplier times out from {place} since {since}; from a phone it opens.",
        "New address range of the supplier added to the outbound rule after approval.",
    ),
    (
        "hardware", "printer", "Hardware", "3/3",
        "Printer in {place} shows offline",
        "The printer in {place} is switched on but every job stays in the queue since {since}.",
        "Print spooler restarted on the server and the queue added again.",
    ),
    (
        "hardware", "printer", "Hardware", "3/3",
        "Paper jam again in {place}",
        "The printer in {place} jams on every second page. We cleared the tray twice since {since}.",
        "Worn pick-up roller replaced by the vendor.",
    ),
    (
        "hardware", "monitor", "Hardware", "3/3",
        "External screen stays black",
        "My {device} does not find the second screen at {place}. Cable and socket were swapped already.",
        "Dock firmware updated; screen is found again after a cold start.",
    ),
    (
        "hardware", "laptop", "Hardware", "3/2",
        "{device} does not charge",
        "The charging light stays off since {since}; the battery is at 4 percent and I travel tomorrow.",
        "Charger was dead; handed out a spare and ordered a replacement.",
    ),
    (
        "hardware", "disk", "Hardware", "3/2",
        "{device} clicks and is very slow",
        "Opening any folder takes a minute and the disk makes a clicking noise since {since}.",
        "Disk was failing; files copied to a new drive, machine reimaged.",
    ),
    (
        "hardware", "keyboard", "Hardware", "3/3",
        "Keys stuck after a coffee spill",
        "Some keys of my {device} repeat on their own since {since}. There was coffee involved.",
        "Keyboard replaced under the accident plan.",
    ),
    (
        "hardware", "memory", "Hardware", "3/2",
        "Blue screen several times a day",
        "The {device} restarts with a blue screen about memory, mostly with many tabs open. Since {since}.",
        "One memory module failed the test and was replaced.",
    ),
    (
        "software", "email", "Software", "2/2",
        "Outlook keeps asking for the password",
        "{who} cannot send mail since {since}: Outlook asks for the password again and again.",
        "Removed the stale credential and rebuilt the mail profile.",
    ),
    (
        "software", "email", "Software", "1/1",
        "No mail is coming in",
        "{who} have received no mail at all since {since}. Sending seems to work, nothing arrives.",
        "Transport queue was blocked by a full disk on the gateway; space freed, queue drained.",
    ),
    (
        "software", "office", "Software", "3/3",
        "Excel closes when I open the budget file",
        "The file opened fine before. Since {since} Excel just disappears on my {device}.",
        "A faulty add-in crashed at start; disabled it and repaired the installation.",
    ),
    (
        "software", "browser", "Software", "3/3",
        "Intranet looks broken in the browser",
        "Buttons overlap and forms do not submit on my {device} since {since}.",
        "Old cached scripts; cleared site data and removed an extension.",
    ),
    (
        "software", "os", "Software", "3/2",
        "{device} hangs at 'installing updates'",
        "The laptop has been on the update screen since {since} and does not go further.",
        "Rolled the failed update back in recovery mode and installed it again.",
    ),
    (
        "software", "erp", "ERP Support", "2/2",
        "Cannot post an invoice in the ERP",
        "{who} get 'period is closed' when posting a supplier invoice dated this month. Since {since}.",
        "Posting period had not been opened after month end; opened it.",
    ),
    (
        "software", "erp", "ERP Support", "2/2",
        "Goods receipt missing in the ERP",
        "The delivery to {place} was scanned but does not show in the purchase order since {since}.",
        "Interface job had stopped on a bad material number; corrected it and ran the job again.",
    ),
    (
        "software", "erp", "ERP Support", "1/2",
        "ERP is very slow for everyone",
        "Opening an order in the ERP takes two minutes. {who} cannot work properly since {since}.",
        "A report ran without a date limit and locked the order table; stopped and rescheduled.",
    ),
    (
        "database", "sql server", "Database", "1/2",
        "Payroll run fails with a database time-out",
        "The payroll run stops after ten minutes with 'timeout expired' since {since}.",
        "Statistics were stale after the import; updated them and added the missing index.",
    ),
    (
        "database", "oracle", "Database", "2/2",
        "ORA-01653: unable to extend table",
        "The nightly import from {place} stops with ORA-01653 since {since}.",
        "Tablespace was full; added a data file and an alert at 85 percent.",
    ),
    (
        "database", "sql server", "Database", "2/2",
        "Report server cannot connect to the database",
        "All reports show 'login failed for user reporting' since {since}.",
        "Password of the service account had expired; rotated it and updated the data source.",
    ),
    (
        "database", "db2", "Database", "3/3",
        "Copy of production data for a test",
        "{who} need last month's orders in the test database for a check at {place}.",
        "Restored the masked copy into the test system.",
    ),
    (
        "access", "password", "Identity", "3/2",
        "Forgot my password after holiday",
        "I am back from leave and cannot remember my password. My {device} says the account is locked.",
        "Identity checked by call-back, account unlocked, temporary password set.",
    ),
    (
        "access", "mfa", "Identity", "3/2",
        "New phone, no sign-in codes",
        "I have a new phone and the codes for signing in do not arrive any more since {since}.",
        "Identity checked by video, old second factor removed, new phone registered.",
    ),
    (
        "access", "permission", "Identity", "3/3",
        "Access to the finance share",
        "{who} need to read the folder of the finance team for the audit at {place}.",
        "Owner of the share agreed in writing; added to the read group.",
    ),
    (
        "access", "account", "Identity", "2/2",
        "Account for a new starter",
        "A colleague starts on Monday at {place} and needs an account, mail and the usual groups.",
        "Account created from the joiner template and handed to the manager.",
    ),
    (
        "security", "phishing", "Security", "2/1",
        "Suspicious mail about an unpaid parcel",
        "{who} received a mail that wants a card number for a parcel. It came {since}; nobody clicked.",
        "Confirmed as phishing; sender blocked, mail pulled from all mailboxes.",
    ),
    (
        "security", "malware", "Security", "1/1",
        "Antivirus warning that does not go away",
        "My {device} shows a red warning about a trojan since {since} and the fan runs all the time.",
        "Machine isolated and reimaged; passwords of the user changed.",
    ),
    (
        "security", "lost device", "Security", "2/1",
        "Laptop left on the train",
        "I left my {device} on the train {since}. It was locked; the bag had no other papers.",
        "Device wiped remotely, sessions ended, police report filed, replacement issued.",
    ),
    (
        "inquiry", "internal application", "Service Desk", "3/3",
        "How do I book {place} for a day",
        "The room tool offers hours only. {who} want {place} for a whole day.",
        "Explained the all-day switch; article linked.",
    ),
    (
        "inquiry", "email", "Service Desk", "3/3",
        "Shared mailbox for a project",
        "{who} want one mailbox for a project at {place}. What do we have to fill in?",
        "Request form linked; mailbox ordered through the catalogue.",
    ),
    (
        "inquiry", "antivirus", "Service Desk", "3/3",
        "May I switch off the virus scan for a build",
        "Builds on my {device} are slow and I think it is the virus scan. May it be switched off?",
        "Switching off is not allowed; agreed on an exception for the build folder.",
    ),
)  # fmt: skip


def past(place: int) -> Past:
    """Give the ``place``-th incident of the past, from 0 on; templates come round in other words."""
    turn, which = divmod(place, len(TEMPLATES))
    category, subcategory, group, grade, title, text, ending = TEMPLATES[which]
    slot = turn + which
    words = {"place": PLACES[slot % 5], "device": DEVICES[(slot + 1) % 5]}
    words |= {"since": SINCE[(slot + 2) % 5], "who": WHO[(slot + 3) % 5]}
    impact, _, urgency = grade.partition("/")
    opened = FIRST + dt.timedelta(hours=29 * place, minutes=7 * which)
    caller, resolver = CALLERS[slot % 5], RESOLVERS[group]
    fields = {
        "short_description": title.format(**words),
        "description": text.format(**words),
        "category": category,
        "subcategory": subcategory,
        "assignment_group": group,
        "impact": impact,
        "urgency": urgency,
        "caller_id": caller,
        "opened_by": caller,
        "assigned_to": resolver,
        "resolved_by": resolver,
        "closed_by": resolver,
        "close_code": "Resolved by request"
        if subcategory in ("account", "permission")
        else "Solution provided",
        "close_notes": ending,
    }
    resolved = opened + dt.timedelta(hours=2 + which % 7)
    return Past(fields, opened.strftime(STAMP), resolved.strftime(STAMP), caller, resolver)
