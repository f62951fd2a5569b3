// Starts the three panes and keeps them up to date.

import { complain } from './dom.js';
import { attempt, get, listen, post } from './api.js';
import { links, names } from './mrkdwn.js';
import * as tickets from './tickets.js';
import * as chat from './chat.js';
import * as feed from './feed.js';
import * as later from './later.js';
import * as guide from './guide.js';
import * as lessons from './lessons.js';
import { ask } from './newticket.js';

const BROWSE = /\/browse\/([A-Z][A-Z0-9_]*-\d+)$/;
const RECORD = /sys_id=([0-9a-f]{32})/;
const MESSAGE = /^https:\/\/[a-z0-9-]+\.slack\.com\/archives\/([A-Z0-9]+)\/p(\d{10})(\d{6})$/;

/** The ticket an address leads to, if it is one of ours. */
function ticketOf(url) {
  const jira = BROWSE.exec(url);
  if (jira) return `jira:${jira[1]}`;
  let plain = url;
  try {
    plain = decodeURIComponent(url);
  } catch {
    return null;
  }
  const record = RECORD.exec(plain);
  return record ? `servicenow:${record[1]}` : null;
}

function follow(url, justAsking) {
  const message = MESSAGE.exec(url);
  if (message) {
    if (!justAsking) showMessage(message[1], `${message[2]}.${message[3]}`);
    return true;
  }
  const id = /^http:\/\/127\.0\.0\.1:\d+\//.test(url) ? ticketOf(url) : null;
  if (id && !justAsking) openTicket(id);
  return Boolean(id);
}

function openTicket(id) {
  pane('tickets');
  tickets.open(id);
}

function showMessage(channel, ts) {
  pane('slack');
  chat.goTo(channel, ts);
}

// -- panes on a narrow screen

function pane(name) {
  document.body.dataset.pane = name;
  for (const tab of document.querySelectorAll('.tabs a')) {
    if (tab.dataset.pane === name) tab.setAttribute('aria-current', 'true');
    else tab.removeAttribute('aria-current');
  }
}

for (const tab of document.querySelectorAll('.tabs a')) {
  tab.addEventListener('click', (event) => {
    event.preventDefault();
    pane(tab.dataset.pane);
    document.getElementById(tab.dataset.pane).focus({ preventScroll: true });
  });
}

// -- start

let boot = null;
const known = { tickets: -1, chat: -1 };

function heard(message) {
  if (boot && boot !== message.boot) {
    // Another demo answers at this address: nothing on the page is true any more.
    window.location.reload();
    return;
  }
  boot = message.boot;
  const moved = later.heard(message.ahead_s);
  feed.heard(message.lines, message.totals);
  lessons.heard(message.standings);
  if (message.tickets !== known.tickets || moved) tickets.refresh();
  if (message.chat !== known.chat || moved) chat.refresh();
  Object.assign(known, message);
}

function connected(up) {
  const box = document.getElementById('connection');
  box.classList.toggle('up', up);
  box.classList.toggle('down', !up);
  document.getElementById('connection-words').textContent = up ? 'Live, on this machine' : 'Connection lost, trying again';
  if (up && boot) {
    tickets.refresh();
    chat.refresh();
  }
}

async function begin() {
  pane('tickets');
  const first = await attempt(() => get('/demo/start'));
  if (!first) return;
  Object.assign(names, first.names);
  links.follow = follow;
  const newTicket = async (system, sample) => {
    if (!sample) {
      ask(first.samples, system, openTicket);
      return;
    }
    const made = await attempt(() => post('/demo/ticket', { system, sample }));
    if (made) openTicket(made.id);
  };
  tickets.start({ newTicket, people: first.people, samples: first.samples });
  chat.start(first.cast);
  feed.start(openTicket);
  later.heard(first.ahead_s);
  later.start();
  guide.start();
  lessons.heard(first.standings);
  document.getElementById('new-ticket').addEventListener('click', () => newTicket(tickets.system(), null));
  await Promise.all([tickets.refresh(), chat.refresh()]);
  listen(heard, connected);
}

window.addEventListener('unhandledrejection', (event) => {
  complain('Something on this page went wrong; reload it. Details are in the browser’s console.');
  throw event.reason;
});

begin();
