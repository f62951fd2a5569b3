// The form behind "New ticket": ready-made tickets, or one's own words.

import { complain, h, icon } from './dom.js';
import { attempt, post } from './api.js';
import { SYSTEMS } from './tickets.js';

/** Show the form; `opened(id)` gets the new ticket. */
export function ask(samples, system, opened) {
  const dialog = document.getElementById('new-dialog');
  let chosen = system;
  const create = async (body) => {
    const made = await attempt(() => post('/demo/ticket', { system: chosen, ...body }));
    if (!made) return;
    dialog.close();
    opened(made.id);
  };
  const radios = Object.entries(SYSTEMS).map(([name, label]) => {
    const radio = h('input', { type: 'radio', name: 'new-system', value: name });
    radio.checked = name === system;
    radio.addEventListener('change', () => { chosen = name; });
    return h('label', { class: 'choice' }, radio, ' ', label);
  });
  dialog.replaceChildren(
    h('header', {}, h('h2', { id: 'new-title' }, 'New ticket'), h('button', {
      type: 'button', class: 'plain', 'aria-label': 'Close', on: { click: () => dialog.close() },
    }, icon('close'))),
    h('fieldset', { class: 'choices inline' }, h('legend', {}, 'Where'), radios),
    h('p', { class: 'sheet-words' }, 'Dan, a requester, opens it. Take a ready-made one:'),
    h('ul', { class: 'sample-list' }, samples.map((sample) => h('li', {}, h('button', {
      type: 'button', class: 'sample', dataset: { sample: sample.name },
      on: { click: () => create({ sample: sample.name }) },
    }, h('strong', {}, sample.title), h('span', {}, sample.hint))))),
    own(create),
  );
  dialog.showModal();
  dialog.querySelector('.sample').focus();
}

function own(create) {
  const summary = h('input', { id: 'new-summary', type: 'text', maxlength: '160', autocomplete: 'off' });
  const text = h('textarea', { id: 'new-description', rows: '4' });
  const form = h('form', { class: 'own' },
    h('h3', {}, 'Or write your own'),
    h('label', { class: 'input-label', for: 'new-summary' }, 'Summary'), summary,
    h('label', { class: 'input-label', for: 'new-description' }, 'Description'), text,
    h('footer', {}, h('button', { type: 'submit', class: 'button primary' }, 'Open ticket')));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    if (!summary.value.trim()) {
      complain('Write a summary: one line on what is wrong.');
      summary.focus();
      return;
    }
    create({ summary: summary.value, description: text.value });
  });
  return form;
}
