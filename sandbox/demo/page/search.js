// A menu that asks the app what it offers while somebody types: a combobox with a list under it.
// Keys as in w3.org/WAI/ARIA/apg/patterns/combobox: arrows choose, Enter takes, Escape closes the list.

import { announce, h } from './dom.js';
import { place } from './inputs.js';

const PAUSE_MS = 150;
const CHARS_MIN = 3;
let made = 0;

/** Draw an `external_select`; `how.host.search` asks, `how.host.labels` remembers what was chosen by value. */
export function searched(element, how) {
  made += 1;
  const id = `offered-${made}`;
  const chosen = { value: element.initial_option?.value ?? null, label: element.initial_option?.text.text ?? '' };
  const input = h('input', {
    id: how.id ?? null, type: 'text', role: 'combobox', autocomplete: 'off', spellcheck: 'false',
    'aria-expanded': 'false', 'aria-controls': id, 'aria-autocomplete': 'list',
    'aria-describedby': how.described || null, 'aria-invalid': how.invalid ? 'true' : null,
    'aria-required': how.required ? 'true' : null, 'aria-label': how.id ? null : element.placeholder?.text ?? 'Search',
    placeholder: element.placeholder?.text ?? 'Type to search',
    dataset: { focus: place(how.block, element.action_id) }, value: chosen.label,
  });
  const list = h('ul', { id, class: 'offered', role: 'listbox', 'aria-label': 'What is offered', hidden: true });
  const box = { input, list, chosen, how, least: element.min_query_length ?? CHARS_MIN, at: -1, asked: 0, timer: 0 };
  input.addEventListener('input', () => later(box));
  input.addEventListener('focus', () => { input.select(); });
  input.addEventListener('keydown', (event) => key(box, event));
  input.addEventListener('blur', () => { shut(box); input.value = box.chosen.label; });
  input.restore = (value) => {
    Object.assign(box.chosen, { value, label: how.host.labels[value] ?? box.chosen.label });
    input.value = box.chosen.label;
  };
  return h('div', { class: 'searched' }, input, list);
}

function later(box) {
  clearTimeout(box.timer);
  box.timer = setTimeout(() => ask(box), PAUSE_MS);
}

async function ask(box) {
  const text = box.input.value.trim();
  if (text.length < box.least) {
    shut(box);
    return;
  }
  box.asked += 1;
  const turn = box.asked;
  box.list.setAttribute('aria-busy', 'true');
  const options = await box.how.host.search(box.how.block, text);
  box.list.removeAttribute('aria-busy');
  // An answer that came late, or after somebody went on, is not what they look for.
  if (turn !== box.asked || document.activeElement !== box.input || !options) return;
  offer(box, options);
}

function offer(box, options) {
  box.options = options;
  box.at = -1;
  box.list.replaceChildren(...(options.length ? options.map((one, number) => h('li', {
    id: `${box.list.id}-${number}`, role: 'option', 'aria-selected': 'false',
    // Before the input loses the focus, which would close the list under the pointer.
    on: { pointerdown: (event) => { event.preventDefault(); take(box, number); } },
  }, one.label)) : [h('li', { class: 'none' }, 'Nothing fits')]));
  box.list.hidden = false;
  box.input.setAttribute('aria-expanded', 'true');
  announce(options.length ? `${options.length} offered` : 'Nothing fits');
}

function key(box, event) {
  const open = !box.list.hidden;
  if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
    event.preventDefault();
    if (open) move(box, event.key === 'ArrowDown' ? 1 : -1);
    else ask(box);
  } else if (event.key === 'Enter' && open) {
    event.preventDefault();
    if (box.at >= 0) take(box, box.at);
  } else if (event.key === 'Escape' && open) {
    // The list only: without this the whole modal would close.
    event.preventDefault();
    event.stopPropagation();
    shut(box);
  }
}

function move(box, step) {
  const count = box.options.length;
  if (!count) return;
  box.at = (box.at + step + count) % count;
  for (const [number, row] of [...box.list.children].entries()) {
    row.setAttribute('aria-selected', String(number === box.at));
    if (number === box.at) row.scrollIntoView({ block: 'nearest' });
  }
  box.input.setAttribute('aria-activedescendant', `${box.list.id}-${box.at}`);
}

function take(box, number) {
  const { value, label } = box.options[number];
  Object.assign(box.chosen, { value, label });
  box.how.host.labels[value] = label;
  box.input.value = label;
  box.how.change(value);
  shut(box);
}

function shut(box) {
  clearTimeout(box.timer);
  box.asked += 1;
  box.list.hidden = true;
  box.input.setAttribute('aria-expanded', 'false');
  box.input.removeAttribute('aria-activedescendant');
}
