// One ticket: fields, description, notes and messages, history; and what a person may do with it.

import { avatar, h, icon, keyed, moment } from './dom.js';
import { attempt, post } from './api.js';
import { journal, wiki } from './wiki.js';

let shown = null;

/** The next ticket is drawn from nothing. */
export function forget() {
  shown = null;
}

/** Draw `ticket` into `body`, or bring what stands there up to date. */
export function draw(body, ticket, host) {
  if (!shown || shown.id !== ticket.row.id || !body.contains(shown.root)) {
    shown = skeleton(ticket, host);
    body.replaceChildren(shown.root);
  }
  shown.host = host;
  const { row } = ticket;
  shown.title.textContent = row.summary || '(no summary)';
  shown.meta.replaceChildren(
    h('span', {}, `${ticket.requester}, ${moment(ticket.created)}`),
    h('span', { class: `status ${row.done ? 'status-done' : ''}` }, row.status),
  );
  shown.description.textContent = ticket.description || 'No description.';
  shown.description.classList.toggle('faint', !ticket.description);
  keyed(shown.fields, ticket.fields, (field) => field.name, (field) => drawField(field));
  flash(ticket.fields);
  keyed(shown.entries, ticket.entries, (entry) => entry.id, drawEntry);
  shown.none.hidden = ticket.entries.length > 0;
  shown.past.textContent = `History (${ticket.history.length})`;
  keyed(shown.history, ticket.history.map((step, place) => ({ ...step, place })), (step) => `${step.place}`, drawStep);
}

function skeleton(ticket, host) {
  const made = { id: ticket.row.id, values: new Map(), host, person: host.people[0].id };
  made.title = h('h3', { id: 'ticket-title', tabindex: '-1' });
  made.meta = h('p', { class: 'ticket-meta' });
  made.description = h('p', { class: 'description' });
  made.fields = h('div', { class: 'ticket-fields' });
  made.entries = h('ol', { class: 'entries' });
  made.none = h('p', { class: 'faint' }, 'Nothing yet. The bot’s internal note appears here once it has read the ticket.');
  made.history = h('ol', { class: 'history' });
  made.past = h('summary', {}, 'History');
  made.root = h('article', { class: 'ticket', 'aria-labelledby': 'ticket-title' },
    h('div', { class: 'ticket-bar' },
      h('button', { type: 'button', class: 'button quiet', on: { click: () => made.host.back() } }, icon('back'), 'All tickets'),
      h('span', { class: 'key' }, ticket.row.key)),
    made.title, made.meta, made.description,
    h('section', { 'aria-label': 'Fields' }, h('h4', {}, 'Fields'), made.fields),
    h('section', { 'aria-label': 'Notes and messages' }, h('h4', {}, 'Notes and messages'), made.none, made.entries),
    composer(made),
    h('details', {}, made.past, made.history));
  return made;
}

// -- fields

function drawField(field) {
  const id = `field-${field.name}`;
  if (field.kind === 'fixed') {
    return h('div', { class: 'field' }, h('span', { class: 'field-label' }, field.label),
      h('span', { class: 'field-fixed' }, field.value || 'not set'));
  }
  const set = (event) => edit(field, event.target);
  const control = field.kind === 'select' ? menu(field, id, set) : h('input', {
    id, type: 'text', value: field.raw, placeholder: 'not set', dataset: { focus: id }, on: { change: set },
  });
  return h('div', { class: 'field' }, h('label', { class: 'field-label', for: id }, field.label), control);
}

function menu(field, id, set) {
  return h('select', { id, dataset: { focus: id }, on: { change: set } }, field.options.map((one) => {
    const option = h('option', {}, one.label);
    option.value = one.value;
    option.selected = one.value === field.raw;
    return option;
  }));
}

async function edit(field, control) {
  const done = await attempt(() => post('/demo/edit', {
    id: shown.id, person: agent(), name: field.name, value: control.value,
  }));
  if (!done) control.value = field.raw;
  await shown.host.refresh();
}

/** Who edits: the one who writes, unless that is the requester, whom the forms do not let. */
function agent() {
  const { people } = shown.host;
  const chosen = people.find((person) => person.id === shown.person);
  return (chosen?.agent ? chosen : people.find((person) => person.agent)).id;
}

/** Mark the fields that have another value than a moment ago. */
function flash(fields) {
  for (const field of fields) {
    const before = shown.values.get(field.name);
    shown.values.set(field.name, field.value);
    if (before === undefined || before === field.value) continue;
    const node = shown.fields.querySelector(`[data-key="${CSS.escape(field.name)}"]`);
    node?.classList.add('flash');
  }
}

// -- notes and messages

function drawEntry(entry) {
  const kind = entry.internal ? 'internal' : 'public';
  const body = h('div', { class: 'entry-body' }, entry.markup === 'wiki' ? wiki(entry.text) : journal(entry.text));
  return h('li', { class: `entry entry-${kind}` },
    h('div', { class: 'entry-head' },
      avatar(entry.author, entry.bot),
      h('strong', {}, entry.author),
      entry.bot ? h('span', { class: 'badge' }, 'Bot') : null,
      h('span', { class: `visibility ${kind}` }, icon(entry.internal ? 'lock' : 'globe'),
        entry.internal ? 'Internal note' : 'Public'),
      h('time', { datetime: entry.at }, moment(entry.at), entry.edited ? ', edited' : '')),
    body);
}

const drawStep = (step) => h('li', {},
  h('time', { datetime: step.at }, moment(step.at)), ' ',
  h('strong', {}, step.who), step.bot ? h('span', { class: 'badge' }, 'Bot') : null, ' ', h('span', {}, step.what));

// -- writing

function composer(made) {
  const text = h('textarea', { id: 'comment-text', rows: '3', placeholder: 'Write as a person…' });
  const internal = h('input', { type: 'checkbox', id: 'comment-internal' });
  const why = h('label', { for: 'comment-internal', class: 'check' }, internal, ' Internal note');
  const who = h('select', { id: 'comment-person' }, made.host.people.map((person) => {
    const option = h('option', {}, person.agent ? person.name : `${person.name} (requester)`);
    option.value = person.id;
    return option;
  }));
  who.addEventListener('change', () => {
    made.person = who.value;
    const isAgent = made.host.people.find((person) => person.id === who.value).agent;
    internal.disabled = !isAgent;
    internal.checked = internal.checked && isAgent;
    why.classList.toggle('off', !isAgent);
  });
  const form = h('form', { class: 'composer' },
    h('h4', {}, 'As a person'),
    h('div', { class: 'composer-who' }, h('label', { for: 'comment-person' }, 'You are'), who),
    h('label', { class: 'unseen', for: 'comment-text' }, 'Message'), text,
    h('div', { class: 'composer-foot' }, why, h('button', { class: 'button', type: 'submit' }, 'Add')));
  form.addEventListener('submit', async (event) => {
    event.preventDefault();
    const done = await attempt(() => post('/demo/comment', {
      id: made.id, person: who.value, text: text.value, internal: internal.checked,
    }));
    if (done) text.value = '';
    text.focus();
    await made.host.refresh();
  });
  return form;
}

