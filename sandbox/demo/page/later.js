// The demo's time: shown in the header, and pushed forward from there.

import { announce, clock, now, time } from './dom.js';
import { attempt, post } from './api.js';

const UNITS = [[86400, 'day', 'd'], [3600, 'hour', 'h'], [60, 'minute', 'min']];

/** Start the clock and its buttons. */
export function start() {
  for (const button of document.querySelectorAll('[data-later]')) {
    button.addEventListener('click', () => push(button));
  }
  setInterval(show, 1000);
  show();
}

/** Take in how far ahead of the machine's time the demo is. */
export function heard(ahead) {
  const moved = ahead !== time.ahead_s;
  time.ahead_s = ahead;
  show();
  return moved;
}

async function push(button) {
  if (button.getAttribute('aria-busy')) return;
  const seconds = Number(button.dataset.later);
  button.setAttribute('aria-busy', 'true');
  const done = await attempt(() => post('/demo/later', { seconds }));
  button.removeAttribute('aria-busy');
  if (done) announce(`${length(seconds)} later: it is ${clock(now().toISOString())} in the demo`);
}

function show() {
  const at = now();
  const words = clock(at.toISOString());
  const place = document.getElementById('demo-time');
  if (place.textContent !== words) {
    place.textContent = words;
    place.dateTime = at.toISOString();
  }
  const ahead = document.getElementById('demo-ahead');
  const said = time.ahead_s ? `${length(time.ahead_s, true)} ahead` : 'now';
  if (ahead.textContent !== said) ahead.textContent = said;
}

/** A length of time in the two largest units that it has; `short` for the eye, else for the ear. */
function length(seconds, short = false) {
  const parts = [];
  let left = Math.round(seconds);
  for (const [size, name, sign] of UNITS) {
    const count = Math.floor(left / size);
    left -= count * size;
    if (count) parts.push(short ? `${count} ${sign}` : `${count} ${name}${count === 1 ? '' : 's'}`);
  }
  return parts.slice(0, 2).join(' ') || 'less than a minute';
}
