// What the bot is doing now: the audit as it grows, in words, newest first.

import { clock, h, icon } from './dom.js';

const LINES_MAX = 400;
const TOTALS = {
  read: 'read', notes: 'notes', waiting: 'waiting', changes: 'changes', refused: 'refused',
};
const state = { paused: false, held: [], known: new Set(), open: () => {} };

export function start(open) {
  state.open = open;
  const pause = document.getElementById('pause');
  pause.addEventListener('click', () => {
    state.paused = !state.paused;
    pause.setAttribute('aria-pressed', state.paused);
    pause.textContent = state.paused ? 'Go on' : 'Pause';
    if (!state.paused) add(state.held.splice(0));
    tellHeld();
  });
  const every = document.getElementById('every-step');
  every.addEventListener('change', () => document.getElementById('lines').classList.toggle('every', every.checked));
  totals({});
  teach();
}

/** Take in new lines and counts. */
export function heard(lines, counts) {
  const fresh = lines.filter((line) => !state.known.has(line.id));
  for (const line of fresh) state.known.add(line.id);
  if (state.paused) {
    state.held.push(...fresh);
    tellHeld();
  } else {
    add(fresh);
    totals(counts);
  }
}

function add(lines) {
  const list = document.getElementById('lines');
  for (const line of lines) list.prepend(draw(line));
  while (list.children.length > LINES_MAX) list.lastElementChild.remove();
  teach();
  document.getElementById('count-feed').textContent = list.querySelectorAll('.tone-alert').length || '';
}

function tellHeld() {
  const count = state.held.length;
  document.getElementById('held').textContent = state.paused ? `Paused${count ? `; ${count} new` : ''}` : '';
}

function totals(counts) {
  document.getElementById('totals').replaceChildren(...Object.entries(TOTALS).map(([name, label]) => h('div', {},
    h('dt', {}, label), h('dd', {}, String(counts[name] ?? 0)))));
}

function draw(line) {
  return h('li', { class: `line tone-${line.tone}` },
    h('time', { datetime: line.at }, clock(line.at, true)),
    icon(line.tone),
    h('div', {},
      h('p', {}, line.text),
      h('p', { class: 'line-foot' },
        line.key ? h('button', {
          type: 'button', class: 'link', on: { click: () => state.open(line.ticket) },
        }, line.key) : null,
        h('span', {}, line.actor),
        line.more ? h('span', {}, line.more) : null)));
}

function teach() {
  const body = document.getElementById('feed-body');
  const nothing = !document.getElementById('lines').children.length;
  const there = body.querySelector('.teach');
  if (!nothing) there?.remove();
  else if (!there) {
    body.prepend(h('div', { class: 'teach' },
      h('h3', {}, 'Quiet so far'),
      h('p', {}, 'Every line here is a record of the audit, the moment it is written: what was read, what the policy said, who clicked, what was changed.')));
  }
}
