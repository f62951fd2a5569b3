// Where people write: to the bot, to each other, in a thread, or a command; and what the bot says it does there.

import { announce, h, icon, keyed } from './dom.js';
import { spoken, typed } from './mrkdwn.js';

const COMMANDS = [
  ['help', 'What you can ask for'],
  ['status KEY', 'Where a ticket stands'],
  ['triage KEY', 'Look at a ticket again'],
  ['summary KEY', 'A hand-over in a few lines'],
  ['similar KEY', 'Tickets like it'],
  ['draft KEY', 'A reply to the requester'],
  ['plan KEY', 'The next steps'],
  ['pending', 'What waits for a decision'],
  ['why PROPOSAL', 'Why the bot proposed it'],
  ['undo PROPOSAL', 'Take a change back'],
  ['stop WHY', 'Stop what the bot changes'],
  ['resume', 'Let it go on'],
  ['settings', 'Your settings'],
];
const LINES_MAX = 6;
const box = {};
const now = { room: null, thread: null, editing: null, chosen: 0, options: [] };
let hands = {};

/** `hands`: `send(text, thread)`, `edit(ts, text)`, `shortcut(button)`, `stop(thread, button)`, `thread(ts)`, `refresh()`. */
export function start(given) {
  hands = given;
  for (const id of ['composer', 'composer-text', 'composer-about', 'commands', 'prompts', 'doing', 'shortcuts']) {
    box[id] = document.getElementById(id);
  }
  const text = box['composer-text'];
  box.composer.addEventListener('submit', (event) => { event.preventDefault(); send(); });
  text.addEventListener('keydown', pressed);
  text.addEventListener('input', () => { grow(); offer(); });
  text.addEventListener('blur', () => setTimeout(close, 150));
  box.shortcuts.addEventListener('click', () => hands.shortcut(box.shortcuts));
}

/** Show the composer of `room` for `thread`; a null room has none. */
export function update(room, thread) {
  box.composer.hidden = !room;
  box.doing.hidden = !room;
  if (!room) return;
  if (now.room !== room.id || now.thread !== thread) now.editing = null;
  Object.assign(now, { room: room.id, thread });
  const text = box['composer-text'];
  text.disabled = !room.writes;
  text.placeholder = placeholder(room, thread);
  about(room, thread);
  prompts(room, thread);
  doing(room);
}

function placeholder(room, thread) {
  if (!room.writes) return 'Only members write here';
  if (thread) return 'Reply in this thread';
  return room.title.startsWith('#') ? 'Write, or ask @Countersign' : 'Ask, or type / for commands';
}

/** Say which thread, or which message, the words will go to, with a way out. */
function about(room, thread) {
  const of = room.messages.find((message) => message.ts === (now.editing ?? thread));
  if (!of) {
    box['composer-about'].replaceChildren();
    return;
  }
  const words = now.editing ? 'Changing your message' : `In the thread “${short(of.text)}”`;
  const out = now.editing ? 'Keep it' : room.title.startsWith('#') ? 'Leave the thread' : 'New conversation';
  keyed(box['composer-about'], [{ words, out }], () => 'about', () => h('p', {}, h('span', {}, words), h('button', {
    type: 'button', class: 'button small', dataset: { focus: 'composer-out' }, on: { click: leave },
  }, out)));
}

function leave() {
  if (now.editing) {
    now.editing = null;
    box['composer-text'].value = '';
  } else {
    hands.thread(null);
  }
  hands.refresh();
  box['composer-text'].focus();
}

export function edit(message) {
  now.editing = message.ts;
  box['composer-text'].value = typed(message.text);
  hands.refresh();
  grow();
  box['composer-text'].focus();
}

export const focus = () => box['composer-text'].focus();

function short(text) {
  const words = spoken(text);
  return (words.length > 40 ? `${words.slice(0, 39)}…` : words) || 'a file';
}

function prompts(room, thread) {
  const shown = room.prompts && !thread && !now.editing ? room.prompts : null;
  box.prompts.hidden = !shown;
  if (shown?.title) box.prompts.setAttribute('aria-label', shown.title);
  keyed(box.prompts, shown ? shown.prompts : [], (one) => one.title, (one) => h('button', {
    type: 'button', class: 'button small prompt', on: { click: () => hands.send(one.message, null) },
  }, one.title));
}

/** One line for each thread in which the bot is at work, or waits. */
function doing(room) {
  const rows = Object.entries(room.doing).map(([thread, said]) => ({ thread, words: says(said), stop: said.stop }))
    .filter((row) => row.words);
  const several = rows.length > 1;
  keyed(box.doing, rows.map((row) => ({
    ...row, of: several ? short(room.messages.find((each) => each.ts === row.thread)?.text ?? '') : '',
  })), (row) => row.thread, (row) => h('div', { class: 'doing-row' },
    icon('wait'),
    h('span', { role: 'status' }, `Countersign ${row.words}`, row.of ? ` (“${row.of}”)` : ''),
    row.stop ? h('button', {
      type: 'button', class: 'button small', dataset: { focus: `stop-${row.thread}` },
      on: { click: (event) => hands.stop(row.thread, event.target) },
    }, 'Stop') : null));
}

function says({ status, thinking, loading }) {
  if (thinking) return loading[0] ? `${thinking} (${loading[0]})` : thinking;
  return { processing: 'is working on it', suspended: 'waits for a decision' }[status] ?? '';
}

async function send() {
  const field = box['composer-text'];
  const words = field.value.trim();
  if (!words || box.composer.getAttribute('aria-busy')) return;
  const { editing, thread } = now;
  box.composer.setAttribute('aria-busy', 'true');
  const told = editing ? await hands.edit(editing, words) : await hands.send(words, thread);
  box.composer.removeAttribute('aria-busy');
  if (told) {
    now.editing = null;
    field.value = '';
    grow();
    hands.refresh();
  }
  field.focus();
}

// -- commands

function pressed(event) {
  const open = now.options.length > 0;
  if (open && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) {
    const step = event.key === 'ArrowDown' ? 1 : -1;
    choose((now.chosen + step + now.options.length) % now.options.length);
    event.preventDefault();
  } else if (open && (event.key === 'Tab' || (event.key === 'Enter' && !complete()))) {
    take(now.options[now.chosen]);
    event.preventDefault();
  } else if (open && event.key === 'Escape') {
    close();
    event.preventDefault();
  } else if (event.key === 'Enter' && !event.shiftKey && !event.isComposing) {
    event.preventDefault();
    close();
    send();
  }
}

/** Whether what is typed is a command already, and Enter sends it. */
function complete() {
  const [, name, ...rest] = box['composer-text'].value.trim().split(/\s+/);
  const known = COMMANDS.find(([usage]) => usage.split(' ')[0] === name);
  return Boolean(known) && (rest.length > 0 || !known[0].includes(' '));
}

function offer() {
  const words = box['composer-text'].value;
  const found = /^\/(?:itsm\s+)?(\w*)$/.exec(words);
  const part = !found || '/itsm'.startsWith(words) ? '' : found[1];
  now.options = found ? COMMANDS.filter(([usage]) => usage.startsWith(part)) : [];
  box.commands.replaceChildren(...now.options.map(([usage, meaning], place) => h('li', {
    id: `command-${place}`, role: 'option', 'aria-selected': 'false',
    on: { mousedown: (event) => { event.preventDefault(); take(now.options[place]); } },
  }, h('code', {}, `/itsm ${usage}`), h('span', {}, meaning))));
  box.commands.hidden = !now.options.length;
  if (now.options.length) choose(0);
  else close();
}

function choose(place) {
  now.chosen = place;
  for (const [at, node] of [...box.commands.children].entries()) node.setAttribute('aria-selected', String(at === place));
  const chosen = box.commands.children[place];
  chosen.scrollIntoView({ block: 'nearest' });
  box['composer-text'].setAttribute('aria-activedescendant', chosen.id);
  announce(`/itsm ${now.options[place].join(': ')}`);
}

function take([usage]) {
  const [name, argument] = usage.split(' ');
  const field = box['composer-text'];
  field.value = `/itsm ${name}${argument ? ' ' : ''}`;
  field.focus();
  close();
}

function close() {
  now.options = [];
  box.commands.hidden = true;
  box['composer-text'].removeAttribute('aria-activedescendant');
}

function grow() {
  const field = box['composer-text'];
  field.rows = Math.min(LINES_MAX, field.value.split('\n').length);
}
