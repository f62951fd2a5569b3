// Slack's Block Kit as Slack's client shows it: docs.slack.dev/reference/block-kit/blocks

import { h } from './dom.js';
import { words } from './mrkdwn.js';
import { richText } from './richtext.js';
import { field } from './inputs.js';

/**
 * Draw blocks. `host.act(action_id, value, button)` is called when somebody uses an element of a message or
 * a button of a modal; `host.values` collects what is typed into the inputs of a modal; `host.errors` is by
 * block_id.
 */
export function draw(blocks, host) {
  return blocks.map((block) => {
    const node = (BLOCKS[block.type] ?? unknown)(block, host);
    node.classList.add('block', `block-${block.type}`);
    return node;
  });
}

function button(element, host, block) {
  const act = async (event) => {
    if (element.confirm && !(await confirmed(element.confirm))) return;
    host.act(element.action_id, element.value ?? null, event.target.closest('button'));
  };
  return h('button', {
    type: 'button',
    class: `sl-button ${element.style ?? ''}`,
    'aria-label': element.accessibility_label ?? null,
    dataset: { action: element.action_id, focus: `${element.action_id}` , block: block.block_id ?? '' },
    on: { click: act },
  }, element.text.text);
}

/** Ask "are you sure", as a button's confirm object says. */
function confirmed(asked) {
  return new Promise((resolve) => {
    const done = (answer) => { dialog.close(); dialog.remove(); resolve(answer); };
    const dialog = h('dialog', { class: 'sheet', 'aria-labelledby': 'confirm-title', on: { cancel: () => done(false) } },
      h('h2', { id: 'confirm-title' }, asked.title.text),
      words(asked.text, 'p'),
      h('footer', {},
        h('button', { type: 'button', class: 'sl-button', on: { click: () => done(false) } }, asked.deny.text),
        h('button', {
          type: 'button', class: `sl-button ${asked.style ?? 'primary'}`, on: { click: () => done(true) },
        }, asked.confirm.text)));
    document.body.append(dialog);
    dialog.showModal();
  });
}

function element(one, host, block) {
  if (one.type === 'button') return button(one, host, block);
  if (one.type === 'image') return picture(one);
  if (one.type === 'mrkdwn' || one.type === 'plain_text') return words(one);
  if (one.type === 'overflow') {
    const menu = { ...one, type: 'static_select', placeholder: { text: 'More…' } };
    return field(menu, { change: (value) => host.act(one.action_id, value, null) });
  }
  return field(one, { change: (value) => host.act(one.action_id, value, null) });
}

/** Pictures are not fetched from anywhere; their description is what matters. */
const picture = (one) => h('span', { class: 'picture' }, `Image: ${one.alt_text}`);

function unknown(block) {
  return h('p', { class: 'unknown' }, `Slack shows a block of type ${block.type} here.`);
}

let made = 0;

function input(block, host) {
  made += 1;
  const id = `input-${made}`;
  const error = host.errors?.[block.block_id];
  const described = [block.hint ? `${id}-hint` : '', error ? `${id}-error` : ''].join(' ').trim();
  const control = field(block.element, {
    id,
    described,
    invalid: Boolean(error),
    required: !block.optional,
    change: (value) => { (host.values[block.block_id] ??= {})[block.element.action_id] = value; },
  });
  const grouped = control.tagName === 'FIELDSET';
  return h('div', { class: error ? 'wrong' : '' },
    h(grouped ? 'div' : 'label', { class: 'input-label', for: grouped ? null : id }, block.label.text,
      block.optional ? h('span', { class: 'optional' }, ' (optional)') : null),
    control,
    error ? h('p', { class: 'input-error', id: `${id}-error`, role: 'alert' }, error) : null,
    block.hint ? h('p', { class: 'input-hint', id: `${id}-hint` }, block.hint.text) : null);
}

const BLOCKS = {
  header: (b) => h('h3', {}, b.text.text),
  divider: () => h('hr'),
  rich_text: (b) => richText(b),
  section: (b, host) => h('div', {},
    h('div', { class: 'section-main' },
      words(b.text, 'div'),
      b.fields ? h('div', { class: 'fields' }, b.fields.map((f) => words(f, 'div'))) : null),
    b.accessory ? element(b.accessory, host, b) : null),
  context: (b, host) => h('div', {}, b.elements.map((e) => element(e, host, b))),
  actions: (b, host) => h('div', {}, b.elements.map((e) => element(e, host, b))),
  context_actions: (b, host) => h('div', {}, b.elements.map((e) => element(e, host, b))),
  image: (b) => h('div', {}, b.title ? h('p', {}, b.title.text) : null, picture(b)),
  markdown: (b) => h('div', { class: 'raw' }, b.text),
  alert: (b) => h('div', {}, words(b.text)),
  input,
};
