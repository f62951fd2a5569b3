// The pane of tickets: two systems, a list each, and one ticket open at a time.

import { announce, h, icon, keyed, moment } from './dom.js';
import { attempt, get, latest } from './api.js';
import { draw, forget } from './ticket.js';

export const SYSTEMS = { jira: 'Jira', servicenow: 'ServiceNow' };

const state = { system: 'jira', open: null, lists: { jira: [], servicenow: [] }, ticket: null };
let host;

/** Start the pane. `newTicket(sample)` opens the form; `people` is by system. */
export function start({ newTicket, people, samples }) {
  host = { newTicket, people, samples };
  const box = document.getElementById('systems');
  box.append(...Object.entries(SYSTEMS).map(([system, name]) => h('button', {
    type: 'button', role: 'radio', class: 'segment', dataset: { system },
    on: { click: () => choose(system), keydown: arrows },
  }, name, ' ', h('span', { class: 'count' }))));
  renderTabs();
}

export const system = () => state.system;

function arrows(event) {
  if (!['ArrowLeft', 'ArrowRight'].includes(event.key)) return;
  event.preventDefault();
  choose(state.system === 'jira' ? 'servicenow' : 'jira');
  document.querySelector('#systems [aria-checked="true"]').focus();
}

function choose(next) {
  state.system = next;
  close();
}

function close() {
  const from = state.open;
  state.open = null;
  state.ticket = null;
  forget();
  render();
  document.querySelector(`[data-key="${CSS.escape(from ?? '')}"] button`)?.focus();
}

export const refresh = latest(async () => {
  const asked = state.open;
  const [lists, ticket] = await Promise.all([
    get('/demo/tickets'),
    asked ? get(`/demo/ticket?id=${encodeURIComponent(asked)}`) : null,
  ]);
  state.lists = lists;
  if (asked === state.open) state.ticket = ticket;
  render();
});

/** Open a ticket, which may be one of the past. */
export async function open(id) {
  const ticket = await attempt(() => get(`/demo/ticket?id=${encodeURIComponent(id)}`));
  if (!ticket) return;
  forget();
  state.system = ticket.row.system;
  state.open = ticket.row.id;
  state.ticket = ticket;
  render();
  await refresh();
  document.getElementById('tickets-body').scrollTop = 0;
  document.getElementById('ticket-title')?.focus({ preventScroll: true });
  announce(`Ticket ${ticket.row.key} is open`);
}

function renderTabs() {
  for (const tab of document.querySelectorAll('#systems [role=radio]')) {
    const mine = tab.dataset.system === state.system;
    tab.setAttribute('aria-checked', mine);
    tab.tabIndex = mine ? 0 : -1;
    tab.querySelector('.count').textContent = state.lists[tab.dataset.system].length || '';
  }
  const waiting = Object.values(state.lists).flat().filter((row) => !row.done).length;
  document.getElementById('count-tickets').textContent = waiting || '';
}

function render() {
  renderTabs();
  const body = document.getElementById('tickets-body');
  if (state.ticket && state.ticket.row.id === state.open) {
    draw(body, state.ticket, { people: host.people[state.system], back: close, refresh });
    return;
  }
  const rows = state.lists[state.system];
  if (!rows.length) {
    if (!body.querySelector(`.teach-${state.system}`)) body.replaceChildren(teach());
    return;
  }
  let list = body.querySelector('.rows');
  if (!list) body.replaceChildren(list = h('ul', { class: 'rows' }));
  keyed(list, rows, (row) => row.id, drawRow);
}

function drawRow(row) {
  return h('li', {}, h('button', {
    type: 'button', class: 'row', dataset: { focus: row.id }, on: { click: () => open(row.id) },
  },
  h('span', { class: 'row-top' },
    h('span', { class: 'key' }, row.key),
    h('span', { class: `status ${row.done ? 'status-done' : ''}` }, row.status)),
  h('span', { class: 'row-summary' }, row.summary),
  h('span', { class: 'row-foot' },
    h('span', {}, row.priority ? `Priority ${row.priority}` : 'No priority'),
    row.notes ? h('span', { class: 'has-note' }, icon('lock'), row.notes === 1 ? '1 internal note' : `${row.notes} internal notes`) : null,
    h('time', { datetime: row.updated }, moment(row.updated)))));
}

function teach() {
  return h('div', { class: `teach teach-${state.system}` },
    h('h3', {}, `No tickets in ${SYSTEMS[state.system]} yet`),
    h('p', {}, 'Open one as a requester would. The bot reads it at once, leaves an internal note on it, and asks in Slack before it changes anything.'),
    h('ul', { class: 'sample-list' }, host.samples.map((sample) => h('li', {}, h('button', {
      type: 'button', class: 'sample', on: { click: () => host.newTicket(state.system, sample.name) },
    }, h('strong', {}, sample.title), h('span', {}, sample.hint))))),
    h('p', {}, h('button', {
      type: 'button', class: 'link', on: { click: () => host.newTicket(state.system, null) },
    }, 'Or write your own')));
}
