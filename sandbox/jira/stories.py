"""Forty short stories of tickets, five a component, out of which the seeded history is told.

A story's texts have slots in braces, filled from ``SLOTS``; several openings make two tellings differ.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True)
class Story:
    """One kind of ticket, from the first complaint to the last answer."""

    component: str
    request_type: str
    priority: str
    label: str
    summaries: tuple[str, ...]
    description: str
    reply: str
    resolution: str = "Done"


SLOTS: Final[dict[str, tuple[str, ...]]] = {
    "place": ("Lyon", "Leeds", "Graz", "Porto", "Turku", "the warehouse", "the second floor", "reception"),
    "when": ("since this morning", "since Monday", "for two days", "since the weekend", "about an hour ago"),
    "device": ("LT-2207", "LT-3318", "LT-4096", "LT-5120", "LT-6233", "LT-7410"),
    "printer": ("PR-LYO-2", "PR-LEE-1", "PR-GRZ-4", "PR-OPO-3", "PR-TKU-1"),
    "person": ("Ines", "Marek", "Oona", "Tomas", "Yara", "Pavel", "Noor", "Hugo"),
    "team": ("Finance", "Purchasing", "Logistics", "Sales", "Legal", "Payroll"),
    "thanks": ("Thanks", "Thank you", "Many thanks", "Please help", "Kind regards"),
}

_BROKEN, _ACCESS, _ORDER = "Something is broken", "Ask for access", "Order equipment"
_QUESTION, _PHISHING, _RECURRING = (
    "Ask a question",
    "Report a suspicious message",
    "Report a recurring fault",
)

STORIES: Final = (
    Story("Network", _BROKEN, "Highest", "outage",
          ("No internet in {place}", "Whole office {place} offline", "{place}: network down for everybody"),
          "Nobody in {place} can reach the internet or the shares {when}, by Wi-Fi or cable. {thanks}.",
          "The provider's line to {place} had failed. We moved the site to the backup line; the main one "
          "is being repaired. Please restart whatever still hangs."),
    Story("Network", _BROKEN, "Medium", "wifi",
          ("Wi-Fi keeps dropping in {place}", "Wireless connection unstable, {place}"),
          "My laptop {device} loses the Wi-Fi every few minutes in {place} {when}. On a cable it is fine.",
          "The access point above the meeting room had a full channel. We changed the channel and the signal "
          "is steady now. Tell us if it drops again."),
    Story("Network", _BROKEN, "Low", "cable",
          ("Network socket dead at my desk", "Wall socket without link in {place}"),
          "The socket under my desk in {place} gives no link light {when}. I tried two cables.",
          "The port was switched off after the last move of desks. We switched it on and put it in your "
          "team's segment."),
    Story("Network", _ACCESS, "Medium", "firewall",
          ("Open the firewall for a supplier", "{team} needs a new address allowed"),
          "{team} works with a supplier whose portal is blocked by our proxy. Could you allow it? {thanks}.",
          "Checked with security and added the supplier's portal to the allowed list of {team}. It works "
          "within ten minutes."),
    Story("Network", _RECURRING, "High", "latency",
          ("File share slow every afternoon", "Shared drive very slow in {place}"),
          "Opening a file on the shared drive takes a minute after lunch {when}. All of {team} see it.",
          "A backup ran in working hours and filled the line. It now runs at night. The speed this afternoon "
          "was normal."),
    Story("Email", _BROKEN, "High", "mailbox",
          ("Cannot send e-mail", "Outgoing mail stuck in the outbox", "Mail from {person} does not leave"),
          "My messages stay in the outbox {when}. Receiving works. I restarted twice.",
          "Your mailbox was over its size limit, which blocks sending. We enlarged it and your outbox is "
          "empty now. Old attachments can go to the archive."),
    Story("Email", _ACCESS, "Low", "shared-mailbox",
          ("Access to the shared mailbox of {team}", "Please add {person} to the {team} mailbox"),
          "{person} joined {team} and needs to read and send from the shared mailbox. The team lead agrees.",
          "Added {person} to the shared mailbox of {team} with the lead's consent. It shows up after the "
          "mail program is restarted."),
    Story("Email", _BROKEN, "Medium", "calendar",
          ("Meeting invitations show the wrong time", "Calendar an hour off"),
          "Invitations from {person} appear one hour late in my calendar {when}.",
          "The time zone of the mailbox was set to another country. We corrected it; existing meetings moved "
          "back to their right hour."),
    Story("Email", _PHISHING, "High", "phishing",
          ("Suspicious mail asking for my password", "Phishing? Message pretending to be {team}"),
          "I got a message that looks like it is from {team} and asks me to confirm my password on a page. "
          "I did not click. {thanks}.",
          "It was phishing. We removed it from all mailboxes and blocked the sender. Well spotted; nothing "
          "more for you to do."),
    Story("Email", _QUESTION, "Lowest", "distribution-list",
          ("How do I change a distribution list?", "Who may edit the list of {team}?"),
          "I would like to remove people who left from the distribution list of {team}. How does that work?",
          "Owners can edit a list in the address book under its members. We made you an owner of that of "
          "{team}."),
    Story("VPN", _BROKEN, "High", "vpn-login",
          ("VPN refuses my login", "Cannot connect to VPN from home", "VPN: authentication failed"),
          "The VPN client on {device} says authentication failed {when}. My password works in the office.",
          "Your certificate for the VPN had run out. We issued a new one; restart the client and sign in "
          "once more."),
    Story("VPN", _BROKEN, "Medium", "vpn-drop",
          ("VPN disconnects every ten minutes", "VPN session keeps dropping"),
          "When I work from home the tunnel drops every ten minutes {when}, and the remote desktop with it.",
          "The client on {device} was an old version with that fault. We sent the update; the session held "
          "for a day afterwards."),
    Story("VPN", _ACCESS, "Medium", "vpn-access",
          ("VPN access for {person}", "Remote access for a new colleague in {team}"),
          "{person} in {team} will work from home two days a week and needs VPN. Approved by the lead.",
          "Put {person} into the group for remote access and sent the instructions for the client."),
    Story("VPN", _BROKEN, "Medium", "split-tunnel",
          ("Intranet unreachable over VPN", "VPN connects but no internal pages"),
          "VPN says connected on {device}, yet no internal page opens {when}. Public pages do.",
          "The name servers were not handed to the client after the last change. We corrected the profile; "
          "reconnect and the intranet resolves."),
    Story("VPN", _QUESTION, "Lowest", "vpn-travel",
          ("VPN while travelling abroad?", "Can I use VPN from outside the country?"),
          "I travel for {team} next week. Does the VPN work from abroad, and must I announce it?",
          "It works from most countries. Tell security the dates once, which we have now done for you."),
    Story("Printing", _BROKEN, "Medium", "paper-jam",
          ("Printer {printer} jams", "Paper jam again on {printer}"),
          "{printer} in {place} jams on every second page {when}. We opened all the flaps.",
          "The pick-up roller of {printer} was worn. The service partner replaced it and a hundred pages "
          "went through."),
    Story("Printing", _BROKEN, "Low", "toner",
          ("{printer} prints grey stripes", "Toner low on {printer}"),
          "Pages from {printer} have grey stripes and the display asks for toner. {thanks}.",
          "Changed the toner and cleaned the drum of {printer}. A spare cartridge is in the cupboard."),
    Story("Printing", _BROKEN, "High", "print-queue",
          ("Nothing prints in {place}", "Print jobs disappear", "Print queue stuck for {team}"),
          "Jobs go to the queue and vanish {when}. Everybody in {team} has it; labels for shipping do not "
          "print either.",
          "The print server's spooler had stopped on a broken job. We deleted the job and restarted the "
          "spooler; the waiting jobs came out."),
    Story("Printing", _QUESTION, "Lowest", "printer-setup",
          ("How do I add the printer in {place}?", "Connect my laptop to {printer}"),
          "I moved to {place} and would like to print on {printer} from {device}.",
          "We pushed {printer} to {device}. It is your default now; you can change that in the settings."),
    Story("Printing", _BROKEN, "Low", "scanner",
          ("Scan to mail does not arrive", "Scanner on {printer} sends nothing"),
          "Scans from {printer} to my address never arrive {when}. Copying works.",
          "The scanner still used the old mail relay. We entered the new one and your test scan arrived."),
    Story("Identity", _BROKEN, "High", "locked-account",
          ("Account locked", "Locked out after my password change", "Cannot log in: account is locked"),
          "After changing the password my account locks itself {when}. I am in {team} and cannot work.",
          "An old password was stored on a phone and kept trying. We unlocked the account and removed the "
          "stored password."),
    Story("Identity", _ACCESS, "Medium", "new-starter",
          ("New starter in {team}: {person}", "Accounts for a new colleague, {person}"),
          "{person} starts in {team} on the first of next month and needs the usual accounts. {thanks}.",
          "Accounts for {person} are made with the rights of {team}. The first password goes to the lead by "
          "hand."),
    Story("Identity", _BROKEN, "Medium", "second-factor",
          ("Second factor lost with my phone", "New phone, authenticator gone"),
          "My phone broke, and with it the app for the second factor. I cannot sign in anywhere.",
          "After checking who you are on a video call we reset the second factor. Register the new phone at "
          "the next login."),
    Story("Identity", _ACCESS, "Low", "folder-rights",
          ("Access to the folder of {team}", "Read rights for {person} on the {team} share"),
          "{person} needs to read the folder of {team} for the audit. The owner of the folder agrees.",
          "Gave {person} read rights to the folder of {team} until the end of the audit, with the owner's "
          "consent."),
    Story("Identity", _ACCESS, "Medium", "leaver",
          ("{person} leaves the company", "Please close the accounts of {person}"),
          "{person} of {team} leaves on Friday. Please close the accounts and keep the mailbox for the lead.",
          "Accounts of {person} were closed on Friday evening; the lead can read the mailbox for ninety "
          "days."),
    Story("Laptop", _BROKEN, "High", "no-boot",
          ("Laptop {device} does not start", "Black screen on {device}"),
          "{device} shows a black screen {when}; the light of the power button blinks three times.",
          "A memory module had come loose. We seated it again, tested for an hour, and updated the "
          "firmware."),
    Story("Laptop", _ORDER, "Low", "replacement",
          ("Replacement for an old laptop", "New laptop for {person}"),
          "The laptop of {person} in {team} is five years old and very slow. Could it be replaced?",
          "Ordered from the framework contract and prepared with the image of {team}. {person} can fetch it "
          "at the service desk."),
    Story("Laptop", _BROKEN, "Medium", "docking",
          ("Dock does not show the second screen", "External screen flickers on {device}"),
          "On the dock in {place} the second screen of {device} stays dark or flickers {when}.",
          "The dock needed newer firmware and a better cable. Both screens have been steady since."),
    Story("Laptop", _BROKEN, "Low", "battery",
          ("Battery of {device} empty after an hour", "Laptop battery swollen?"),
          "The battery of {device} lasts an hour and the case bulges a little {when}.",
          "Please do not use it further: we exchanged the battery the same day and disposed of the old "
          "one."),
    Story("Laptop", _BROKEN, "Medium", "slow",
          ("{device} is very slow after the update", "Laptop freezes since the last update"),
          "Since the last update {device} freezes for minutes, {when}. {thanks}.",
          "The disk was nearly full and the update could not finish. We freed space and completed it."),
    Story("ERP", _BROKEN, "Highest", "month-end",
          ("ERP down during month-end", "ERP: nobody in {team} can post"),
          "The ERP shows a timeout for everybody in {team} {when} and we close the month today.",
          "A long report had locked the ledger tables. We ended it and posting works; the report now runs at "
          "night."),
    Story("ERP", _BROKEN, "Medium", "invoice",
          ("Invoice cannot be posted", "Error when posting a supplier invoice"),
          "Posting an invoice in the ERP ends with the message that the period is closed {when}.",
          "The posting period for {team} was opened until the evening. The invoice is posted."),
    Story("ERP", _ACCESS, "Medium", "erp-role",
          ("ERP role for {person}", "{person} needs to release orders"),
          "{person} stands in for the head of {team} and has to release purchase orders in the ERP.",
          "Role granted for the time of the absence, after the check of duties and with the consent of the "
          "head of {team}."),
    Story("ERP", _QUESTION, "Low", "report",
          ("How do I export the stock report?", "ERP report to a spreadsheet"),
          "I need the stock list of {place} as a spreadsheet each week. Is there a way?",
          "There is: choose the layout, then export. We also scheduled it by mail for {team} every Monday."),
    Story("ERP", _RECURRING, "High", "interface",
          ("Orders from the shop do not reach the ERP", "Shop interface stops every night"),
          "Orders of the web shop stay in the queue {when}; Logistics enters them by hand.",
          "A customer record without a country stopped the interface. It now sets such orders aside and "
          "goes on."),
    Story("Telephony", _BROKEN, "High", "call-queue",
          ("Hotline rings nowhere", "Call queue of {team} does not ring"),
          "Callers of {team} hear the music but no phone rings {when}.",
          "All members of the queue were logged off after an update. We logged them on and test calls get "
          "through."),
    Story("Telephony", _ORDER, "Lowest", "headset",
          ("New headset for {person}", "Headset broken, please replace"),
          "The headset of {person} in {team} has no sound on one side. {thanks}.",
          "A new headset lies at the service desk in {place} for {person}."),
    Story("Telephony", _BROKEN, "Medium", "voice-quality",
          ("Callers sound like robots", "Poor sound on all calls in {place}"),
          "On every call in {place} the other side sounds chopped {when}.",
          "Voice had no priority on the switch in {place} after its exchange. It has now, and the calls are "
          "clear."),
    Story("Telephony", _QUESTION, "Lowest", "forwarding",
          ("How do I forward my desk phone?", "Forward calls during my leave"),
          "I am away next week and calls should go to {person}. How do I set that?",
          "In the phone's portal under forwarding; we set it for you from Monday to Friday to {person}."),
    Story("Telephony", _ACCESS, "Low", "number",
          ("Phone number for {person}", "Desk phone for a new colleague"),
          "{person} of {team} needs a number and a phone in {place}.",
          "Number assigned and the phone is on the desk in {place}; the directory shows it tomorrow."),
)  # fmt: skip
