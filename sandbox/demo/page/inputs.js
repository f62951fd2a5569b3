// Slack's input elements as native controls: docs.slack.dev/reference/block-kit/block-elements

import { h } from './dom.js';
import { names } from './mrkdwn.js';
import { searched } from './search.js';

/**
 * Draw one element; `how.change(value)` hears of every change, at each key of an input of a modal (`how.id`) and
 * at the end of a change elsewhere. `how.block` tells elements of the same name apart.
 */
export function field(element, how) {
  return (ELEMENTS[element.type] ?? unknown)(element, how);
}

/** What a control is called among those that may have the focus. */
export const place = (block, action) => `${block ?? ''}/${action}`;

function about(how) {
  return {
    id: how.id ?? null,
    'aria-describedby': how.described || null,
    'aria-invalid': how.invalid ? 'true' : null,
    'aria-required': how.required ? 'true' : null,
  };
}

function line(type) {
  return (element, how) => h(element.multiline ? 'textarea' : 'input', {
    ...about(how),
    type: element.multiline ? null : type,
    step: type === 'number' ? (element.is_decimal_allowed ? 'any' : '1') : null,
    rows: element.multiline ? 7 : null,
    maxlength: element.max_length ?? null,
    placeholder: element.placeholder?.text ?? null,
    'aria-label': how.id ? null : element.placeholder?.text ?? null,
    dataset: { focus: place(how.block, element.action_id) },
    value: element.initial_value ?? '',
    on: { [how.id ? 'input' : 'change']: (event) => how.change(event.target.value) },
  });
}

const option = (one, chosen) => {
  const node = h('option', {}, one.text.text);
  node.value = one.value;
  node.selected = one.value === chosen;
  return node;
};

function select(element, how) {
  const chosen = element.initial_option?.value;
  const empty = chosen === undefined
    ? h('option', { value: '', disabled: how.required }, element.placeholder?.text ?? 'Choose…') : null;
  const node = h('select', {
    ...about(how),
    'aria-label': how.id ? null : element.placeholder?.text ?? 'Choose',
    dataset: { focus: place(how.block, element.action_id), action: element.action_id },
    on: { change: (event) => how.change(event.target.value || null) },
  }, empty,
  (element.options ?? []).map((one) => option(one, chosen)),
  (element.option_groups ?? []).map((group) => h('optgroup', { label: group.label.text },
    group.options.map((one) => option(one, chosen)))));
  if (empty) node.selectedIndex = 0;
  return node;
}

let made = 0;

function several(type, initial) {
  return (element, how) => {
    made += 1;
    const name = `choice-${made}`;
    const preset = initial(element);
    const kept = { focus: place(how.block, element.action_id) };
    const box = h('fieldset', { ...about(how), class: 'choices', dataset: kept }, element.options.map((one) => {
      const control = h('input', { type, name, value: one.value, dataset: { focus: place(how.block, `${element.action_id}${one.value}`) } });
      control.checked = preset.includes(one.value);
      return h('label', {}, control, ' ', one.text.text);
    }));
    box.restore = (value) => {
      for (const each of box.querySelectorAll('input')) each.checked = [value].flat().includes(each.value);
    };
    box.addEventListener('change', () => {
      const on = [...box.querySelectorAll('input:checked')].map((each) => each.value);
      how.change(type === 'radio' ? on[0] ?? null : on);
    });
    return box;
  };
}

function people(element, how) {
  const options = Object.entries(names.people).map(([value, text]) => ({ value, text: { text } }));
  const initial = options.find((one) => one.value === element.initial_user);
  return select({ ...element, options, ...(initial ? { initial_option: initial } : {}) }, how);
}

const plainOf = (rich) => (rich?.elements ?? [])
  .map((part) => (part.elements ?? []).map((e) => e.text ?? '').join('')).join('\n');

/** Formatted typing is left to Slack; what is typed here is sent as one plain section. */
function rich(element, how) {
  const send = (text) => how.change({
    type: 'rich_text', elements: [{ type: 'rich_text_section', elements: [{ type: 'text', text }] }],
  });
  const plain = { ...element, multiline: true, initial_value: plainOf(element.initial_value) };
  return line('text')(plain, { ...how, change: send });
}

function unknown(element) {
  return h('p', { class: 'unknown' }, `Slack shows an element of type ${element.type} here.`);
}

const ticked = several('checkbox', (e) => (e.initial_options ?? []).map((one) => one.value));

/** Slack shows a menu in which several can be chosen; boxes say the same without one. */
function menu(element, how) {
  const options = element.options ?? (element.option_groups ?? []).flatMap((group) => group.options);
  return ticked({ ...element, options }, how);
}

const dated = (type, key) => (element, how) => line(type)({ ...element, initial_value: element[key] }, how);

/** Slack counts seconds since 1970; the control speaks of the time where the browser is. */
function moment(element, how) {
  const local = (seconds) => {
    const at = new Date(seconds * 1000);
    return seconds ? new Date(at.getTime() - at.getTimezoneOffset() * 60_000).toISOString().slice(0, 16) : '';
  };
  const change = (text) => how.change(text ? Math.floor(new Date(text).getTime() / 1000) : null);
  const node = line('datetime-local')({ ...element, initial_value: local(element.initial_date_time) }, { ...how, change });
  node.restore = (value) => { node.value = local(value); };
  return node;
}

const ELEMENTS = {
  plain_text_input: line('text'),
  email_text_input: line('email'),
  url_text_input: line('url'),
  number_input: line('number'),
  rich_text_input: rich,
  static_select: select,
  external_select: searched,
  users_select: people,
  radio_buttons: several('radio', (e) => (e.initial_option ? [e.initial_option.value] : [])),
  checkboxes: ticked,
  multi_static_select: menu,
  datepicker: dated('date', 'initial_date'),
  datetimepicker: moment,
  timepicker: dated('time', 'initial_time'),
};
