"""The site as it is on the first day: two projects, their workflows and lists, and the people."""

from __future__ import annotations

from typing import Final

from sandbox.jira.records import Category, Named, Project, RequestType, Status, Transition, User

BOT_ACCOUNT_ID: Final = "712020:b07c0de0-0000-4000-8000-00000000b070"
BOT_EMAIL: Final = "itsm.bot@example.com"

REQUEST_TYPE: Final = "customfield_10010"
IMPACT: Final = "customfield_10004"
URGENCY: Final = "customfield_10005"

TO_DO: Final = Category(2, "new", "To Do", "blue-gray")
DOING: Final = Category(4, "indeterminate", "In Progress", "yellow")
DONE: Final = Category(3, "done", "Done", "green")

OPEN: Final = Status("1", "Open", "Nobody works on it yet.", TO_DO)
IN_PROGRESS: Final = Status("3", "In Progress", "Somebody works on it.", DOING)
WAITING: Final = Status("10001", "Waiting for customer", "An answer of the customer is needed.", DOING)
REOPENED: Final = Status("4", "Reopened", "It came back.", TO_DO)
RESOLVED: Final = Status("5", "Resolved", "Solved, the customer may still object.", DONE)
CLOSED: Final = Status("6", "Closed", "Over.", DONE)
BACKLOG: Final = Status("10002", "To Do", "Not begun.", TO_DO)
FINISHED: Final = Status("10003", "Done", "Delivered.", DONE)
SHELVED: Final = Status("10004", "Shelved", "Put away without delivering.", DONE)

PRIORITIES: Final = tuple(
    Named(str(place), name, text)
    for place, (name, text) in enumerate(
        [
            ("Highest", "Everybody is stopped."),
            ("High", "Many are stopped or somebody important is."),
            ("Medium", "Somebody is slowed down."),
            ("Low", "A nuisance with a way round it."),
            ("Lowest", "Whenever there is time."),
        ],
        start=1,
    )
)
RESOLUTIONS: Final = tuple(
    Named(str(10000 + place), name, text)
    for place, (name, text) in enumerate(
        [
            ("Done", "Carried out."),
            ("Won't Do", "Decided against."),
            ("Duplicate", "Handled in another issue."),
            ("Cannot Reproduce", "Did not happen again."),
        ]
    )
)
IMPACTS: Final = tuple(
    Named(str(10110 + place), name)
    for place, name in enumerate(["Extensive", "Significant", "Moderate", "Minor"])
)
URGENCIES: Final = tuple(
    Named(str(10120 + place), name) for place, name in enumerate(["Critical", "High", "Medium", "Low"])
)

INCIDENT: Final = Named("10101", "Incident", "Something that worked has stopped working.")
SERVICE_REQUEST: Final = Named("10102", "Service Request", "Somebody needs something.")
PROBLEM: Final = Named("10103", "Problem", "The cause behind several incidents.")
CHANGE: Final = Named("10104", "Change", "A planned alteration of a service.")
BUG: Final = Named("10201", "Bug", "A defect in our own software.")
TASK: Final = Named("10202", "Task", "Work to be done.")

OPS_TYPES: Final = (INCIDENT, SERVICE_REQUEST, PROBLEM, CHANGE)
OPS_COMPONENTS: Final = tuple(
    Named(str(10300 + place), name, text)
    for place, (name, text) in enumerate(
        [
            ("Network", "Office network, Wi-Fi, internet lines"),
            ("Email", "Mailboxes, calendars, distribution lists"),
            ("VPN", "Access from outside the office"),
            ("Printing", "Printers and scanners"),
            ("Identity", "Accounts, passwords, second factors, access rights"),
            ("Laptop", "Notebooks, docks, screens"),
            ("ERP", "Orders, invoices, stock, month-end"),
            ("Telephony", "Desk phones, headsets, call queues"),
        ]
    )
)
OPS_REQUEST_TYPES: Final = (
    RequestType("21", "Something is broken", "Tell us what stopped working.", "Incident", "broken"),
    RequestType(
        "22", "Ask for access", "An account, a right, a shared mailbox.", "Service Request", "access"
    ),
    RequestType("23", "Order equipment", "A laptop, a screen, a headset.", "Service Request", "order"),
    RequestType("24", "Ask a question", "How do I do this?", "Service Request", "question"),
    RequestType("25", "Report a suspicious message", "Phishing and scams.", "Incident", "phishing"),
    RequestType("26", "Report a recurring fault", "It keeps coming back.", "Problem", "recurring"),
)
HELP_COMPONENTS: Final = tuple(
    Named(str(10400 + place), name) for place, name in enumerate(["Website", "Mobile app", "Public API"])
)

_OPS_WORKFLOW: Final = (
    Transition("11", "Start work", ("1", "4", "10001"), IN_PROGRESS),
    Transition("21", "Wait for customer", ("1", "3", "4"), WAITING),
    Transition(
        "31", "Resolve", ("1", "3", "4", "10001"), RESOLVED, ("resolution", "assignee"), ("resolution",)
    ),
    Transition("41", "Close", ("5",), CLOSED),
    Transition("51", "Reopen", ("5", "6"), REOPENED, resolution="-"),
    Transition("61", "Stop work", ("3",), OPEN),
)
# "Done" and "done" end in different statuses: whoever picks a transition by its name is sometimes wrong.
_HELP_WORKFLOW: Final = (
    Transition("11", "Start", ("10002",), IN_PROGRESS),
    Transition("21", "done", ("10002", "3"), SHELVED, resolution="Won't Do"),
    Transition("31", "Done", ("10002", "3"), FINISHED, resolution="Done"),
    Transition("41", "Back to the list", ("3", "10003", "10004"), BACKLOG, resolution="-"),
)
_EVERYWHERE: Final = (
    "summary", "description", "issuetype", "priority", "components", "labels", "assignee", "reporter",
)  # fmt: skip


def people(bot_account_id: str = BOT_ACCOUNT_ID, bot_email: str = BOT_EMAIL) -> tuple[User, ...]:
    """Return the accounts: the bot first, three agents, a customer, and Erin, who has left."""
    agents = ("jira-servicedesk-users", "it-support")
    return (
        User("itsm.bot", "JIRAUSER10100", bot_account_id, "Countersign", bot_email, groups=agents),
        person("alice", 1, "Alice Moreau", (*agents, "support-leads")),
        person("bob", 2, "Bob Okafor", agents),
        person("carol", 3, "Carol Nguyen", agents),
        person("dan", 4, "Dan Peters", account_type="customer"),
        person("erin", 5, "Erin Walsh", agents, active=False),
    )


def person(
    name: str, place: int, shown: str, groups: tuple[str, ...] = (), *, active: bool = True,
    account_type: str = "atlassian",
) -> User:  # fmt: skip
    """Make an account; its identifiers come from ``place``, its address from its name."""
    account = f"712020:5eed0000-0000-4000-8000-{place:012d}"
    email = f"{name}@example.com"
    return User(name, f"JIRAUSER1010{place}", account, shown, email, active, account_type, groups)


def projects(lead: User) -> tuple[Project, ...]:
    """Return OPS, a service project, and HELP, a plain software project without service desk."""
    ops = Project(
        id="10000",
        key="OPS",
        name="IT Operations",
        lead=lead,
        issue_types=OPS_TYPES,
        statuses=(OPEN, IN_PROGRESS, WAITING, REOPENED, RESOLVED, CLOSED),
        transitions=_OPS_WORKFLOW,
        components=OPS_COMPONENTS,
        screen=(*_EVERYWHERE, "duedate", IMPACT, URGENCY, REQUEST_TYPE),
        desk_id="1",
        request_types=OPS_REQUEST_TYPES,
    )
    helped = Project(
        id="10001",
        key="HELP",
        name="Product Help",
        lead=lead,
        issue_types=(BUG, TASK),
        statuses=(BACKLOG, IN_PROGRESS, FINISHED, SHELVED),
        transitions=_HELP_WORKFLOW,
        components=HELP_COMPONENTS,
        screen=_EVERYWHERE,
    )
    return ops, helped
