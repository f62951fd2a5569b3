// Building the page out of nodes. Text is only ever set as text: tickets are written by strangers.

const SVG = 'http://www.w3.org/2000/svg';

/** Make an element. `props`: attributes; `on`: listeners; `class`, `dataset`; null and false are left out. */
export function h(tag, props = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(props)) {
    if (value === null || value === undefined || value === false) continue;
    if (name === 'on') {
      for (const [event, listener] of Object.entries(value)) node.addEventListener(event, listener);
    } else if (name === 'dataset') {
      Object.assign(node.dataset, value);
    } else if (name === 'value') {
      node.value = value;
    } else {
      node.setAttribute(name, value === true ? '' : value);
    }
  }
  append(node, children);
  return node;
}

/** Add children: nodes, strings, nested lists; null and false are left out. */
export function append(node, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false || child === '') continue;
    node.append(child);
  }
  return node;
}

const ICONS = {
  lock: 'M5 7V5a3 3 0 0 1 6 0v2h1v7H4V7zm1.5 0h3V5a1.5 1.5 0 0 0-3 0z',
  globe: 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13M3 8h10M8 1.7c2 2 2.6 4 2.6 6.3S10 12.6 8 14.3C6 12.6 5.4 10.3 5.4 8S6 3.7 8 1.7',
  eye: 'M1.5 8S4 3.5 8 3.5 14.5 8 14.5 8 12 12.5 8 12.5 1.5 8 1.5 8M8 6a2 2 0 1 0 0 4 2 2 0 0 0 0-4',
  back: 'M10 3 5 8l5 5',
  plus: 'M8 3v10M3 8h10',
  close: 'M4 4l8 8M12 4l-8 8',
  pause: 'M5.5 3.5v9M10.5 3.5v9',
  play: 'M5 3.2 12.5 8 5 12.8z',
  read: 'M3 3.5h10M3 6.5h10M3 9.5h7M3 12.5h5',
  wait: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M8 5v3.3l2.2 1.4',
  done: 'M3 8.5 6.5 12 13 4.5',
  no: 'M8 2.5a5.5 5.5 0 1 0 0 11 5.5 5.5 0 0 0 0-11M4.2 4.2l7.6 7.6',
  alert: 'M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.5v.2',
  quiet: 'M8 7.2a.8.8 0 1 0 0 1.6.8.8 0 0 0 0-1.6',
};

/** Make one of the drawn marks; words beside it say the same, so it is hidden from screen readers. */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 16 16');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', ICONS[name]);
  svg.append(path);
  return svg;
}

/**
 * Make `parent` show `items`, touching only what changed, so that focus and half-typed words stay.
 * Returns the nodes of items that are new.
 */
export function keyed(parent, items, key, render) {
  const old = new Map([...parent.children].map((node) => [node.dataset.key, node]));
  const fresh = [];
  let place = parent.firstElementChild;
  for (const item of items) {
    const name = key(item);
    const sign = JSON.stringify(item);
    let node = old.get(name);
    old.delete(name);
    if (!node || node.sign !== sign) {
      const next = render(item);
      next.dataset.key = name;
      next.sign = sign;
      if (node) {
        if (place === node) place = next;
        swap(node, next);
      } else {
        fresh.push(next);
      }
      node = next;
    }
    if (node === place) {
      place = place.nextElementSibling;
    } else {
      parent.insertBefore(node, place);
    }
  }
  for (const gone of old.values()) gone.remove();
  return fresh;
}

/** Put `next` in the place of `node`; whoever had the focus inside keeps it, if it is still there. */
export function swap(node, next) {
  const focused = node.contains(document.activeElement) ? document.activeElement.dataset.focus : null;
  node.replaceWith(next);
  if (!focused) return;
  const again = next.querySelector(`[data-focus="${CSS.escape(focused)}"]`);
  (again ?? next.querySelector('button, a[href], [tabindex]') ?? next).focus?.({ preventScroll: true });
}

/** Tell screen readers, without moving anything. */
export function announce(words) {
  const place = document.getElementById('announcer');
  place.textContent = '';
  // A screen reader repeats the same words only if they were gone in between.
  setTimeout(() => { place.textContent = words; }, 60);
}

/** Show an error in words; it goes by itself, or with a click. */
export function complain(words) {
  const toast = h('div', { class: 'toast' }, h('span', {}, words), h('button', {
    type: 'button', class: 'plain', 'aria-label': 'Dismiss', on: { click: () => toast.remove() },
  }, icon('close')));
  document.getElementById('toasts').append(toast);
  setTimeout(() => toast.remove(), 9000);
}

/** The demo's time runs ahead of the machine's by so many seconds once somebody has pushed it. */
export const time = { ahead_s: 0 };

export const now = () => new Date(Date.now() + time.ahead_s * 1000);

/** The hour, minute (and second) of an ISO time or of Unix seconds. */
export function clock(at, seconds = false) {
  const date = typeof at === 'number' ? new Date(at * 1000) : new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  return date.toLocaleTimeString('en-GB', {
    hour: '2-digit', minute: '2-digit', ...(seconds ? { second: '2-digit' } : {}),
  });
}

/** A time for people; today's without the date. */
export function moment(at) {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return '';
  const today = now().toDateString() === date.toDateString();
  const day = date.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' });
  return today ? clock(at) : `${day}, ${clock(at)}`;
}

export function initials(name) {
  return name.split(/\s+/).map((part) => part[0] ?? '').join('').slice(0, 2).toUpperCase();
}

/** One of six calm colours, always the same for the same name. */
export function hue(name) {
  let sum = 0;
  for (const letter of name) sum = (sum * 3 + letter.codePointAt(0)) % 6007;
  return sum % 6;
}

export function avatar(name, bot) {
  return h('span', { class: `avatar ${bot ? 'avatar-bot' : `avatar-${hue(name)}`}`, 'aria-hidden': 'true' },
    bot ? icon('done') : initials(name));
}
