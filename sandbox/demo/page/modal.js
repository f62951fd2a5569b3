// Slack's modal: one view at a time, with inputs, the app's errors under them, and a way out.

import { h, icon } from './dom.js';
import { draw } from './blocks.js';
import { place } from './inputs.js';

let shown = '';

/** Show `view`, or nothing when it is null. `looking` finds what a menu offers. */
export function show(view, doing, looking) {
  const dialog = document.getElementById('slack-dialog');
  if (!view) {
    shown = '';
    if (dialog.open) dialog.close();
    return;
  }
  const sign = JSON.stringify(view);
  if (sign === shown) return;
  const kept = typed(dialog, view);
  shown = sign;
  const host = {
    values: kept,
    errors: view.errors,
    labels: dialog.open && dialog.view === view.id && dialog.host ? dialog.host.labels : {},
    act: (action, value, button, block) => doing('view/click', {
      view: view.id, action_id: action, block_id: block, value, values: host.values,
    }, button),
    search: (block, text) => looking({ view: view.id, block_id: block, text }),
  };
  const cancel = () => doing('modal/close', { view: view.id });
  const submit = async (event) => {
    event.preventDefault();
    const button = dialog.querySelector('button[type=submit]');
    if (button.getAttribute('aria-busy')) return;
    await doing('modal/submit', { view: view.id, values: host.values }, button);
  };
  dialog.host = host;
  dialog.view = view.id;
  dialog.oncancel = (event) => { event.preventDefault(); cancel(); };
  dialog.replaceChildren(form(view, host, { cancel, submit }));
  restore(dialog, kept);
  if (!dialog.open) dialog.showModal();
  focus(dialog);
}

function form(view, host, { cancel, submit }) {
  return h('form', { class: 'modal', novalidate: true, on: { submit } },
    h('header', {}, h('h2', { id: 'modal-title' }, view.title), h('button', {
      type: 'button', class: 'plain', 'aria-label': 'Close', on: { click: cancel },
    }, icon('close'))),
    view.trouble ? h('p', { class: 'input-error', role: 'alert' }, view.trouble) : null,
    h('div', { class: 'modal-body' }, draw(view.blocks, host)),
    h('footer', {},
      h('button', { type: 'button', class: 'sl-button', on: { click: cancel } }, view.close),
      view.submit ? h('button', { type: 'submit', class: 'sl-button primary' }, view.submit) : null));
}

/** What was typed into the same view stays when it is drawn again, as Slack keeps it. */
function typed(dialog, view) {
  return dialog.open && dialog.view === view.id && dialog.host ? dialog.host.values : {};
}

function restore(dialog, values) {
  for (const [block, part] of Object.entries(values)) {
    for (const [action, value] of Object.entries(part)) {
      const control = dialog.querySelector(`[data-focus="${CSS.escape(place(block, action))}"]`);
      if (control?.restore) control.restore(value);
      else if (control && typeof value === 'string') control.value = value;
    }
  }
}

function focus(dialog) {
  const first = dialog.querySelector('[aria-invalid=true]')
    ?? dialog.querySelector('.modal-body input, .modal-body textarea, .modal-body select')
    ?? dialog.querySelector('footer button');
  first.focus();
}
