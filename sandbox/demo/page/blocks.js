// Slack's Block Kit as Slack's client shows it: docs.slack.dev/reference/block-kit/blocks

import { h } from './dom.js';
import { words } from './mrkdwn.js';
import { richText } from './richtext.js';
import { field, place } from './inputs.js';
import { markdown } from './markdown.js';
import { plan, task } from './tasks.js';

/**
 * Draw blocks. `host.act(action_id, value, button, block_id)` is called when somebody uses an element;
 * `host.values` collects what is entered, by block_id and action_id; `host.search(block_id, text)` finds what a
 * menu offers; `host.errors` is by block_id.
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
    host.act(element.action_id, element.value ?? null, event.target.closest('button'), block.block_id);
  };
  return h('button', {
    type: 'button',
    class: `sl-button ${element.style ?? ''}`,
    'aria-label': element.accessibility_label ?? null,
    dataset: { action: element.action_id, focus: place(block.block_id, element.action_id), block: block.block_id ?? '' },
    on: { click: act },
  }, element.text.text);
}

/** Ask "are you sure", as a button's confirm object says. */
export function confirmed(asked) {
  return new Promise((resolve) => {
    const from = document.activeElement;
    const done = (answer) => {
      dialog.close();
      dialog.remove();
      if (from?.isConnected) from.focus();
      resolve(answer);
    };
    const dialog = h('dialog', {
      class: 'sheet confirm', 'aria-labelledby': 'confirm-title', 'aria-describedby': 'confirm-text',
      on: { cancel: (event) => { event.preventDefault(); done(false); } },
    },
      h('header', {}, h('h2', { id: 'confirm-title' }, asked.title.text)),
      words(asked.text, 'p', { id: 'confirm-text', class: 'sheet-words' }),
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
  if (one.type === 'button' || one.type === 'icon_button') return button(one, host, block);
  if (one.type === 'feedback_buttons') return feedback(one, host, block);
  if (one.type === 'image') return picture(one);
  if (one.type === 'mrkdwn' || one.type === 'plain_text') return words(one);
  const act = (value) => host.act(one.action_id, value, null, block.block_id);
  if (one.type === 'overflow') {
    const menu = { ...one, type: 'static_select', placeholder: { text: 'More…' } };
    return field(menu, { block: block.block_id, change: act });
  }
  const change = (value) => {
    (host.values[block.block_id] ??= {})[one.action_id] = value;
    act(value);
  };
  return field(one, { block: block.block_id, change });
}

/** Two buttons of which one can be the last pressed. */
function feedback(one, host, block) {
  const sides = [one.positive_button, one.negative_button].map((side) => h('button', {
    type: 'button', class: 'sl-button small', 'aria-pressed': 'false', 'aria-label': side.accessibility_label ?? null,
    dataset: { action: one.action_id, focus: `${place(block.block_id, one.action_id)}${side.value}` },
    on: {
      click: (event) => {
        for (const each of sides) each.setAttribute('aria-pressed', String(each === event.currentTarget));
        host.act(one.action_id, side.value, event.currentTarget, block.block_id);
      },
    },
  }, side.text.text));
  return h('span', { class: 'feedback' }, sides);
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
    block: block.block_id,
    host,
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
  markdown: (b) => h('div', {}, markdown(b.text)),
  task_card: (b) => h('div', {}, task(b)),
  plan: (b) => plan(b),
  alert: (b) => h('div', {}, words(b.text)),
  input,
};
