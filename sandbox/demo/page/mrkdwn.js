// Slack's mrkdwn and dates, as Slack's client reads them: docs.slack.dev/messaging/formatting-message-text

import { h, append, clock, now } from './dom.js';

/** What ids stand for; filled at the start: users (`people`: those one can choose), groups, channels. */
export const names = { users: {}, people: {}, groups: {}, channels: {} };
/** Called with the address of a link that somebody clicked. */
export const links = { follow: () => false };

export const mention = (words) => h('span', { class: 'mention' }, words);
export const person = (id) => mention(`@${names.users[id] ?? id}`);
export const group = (id) => mention(`@${names.groups[id] ?? id}`);
export const channel = (id) => mention(`#${names.channels[id] ?? id}`);

/** A link leads only to tickets on this page; any other address is shown and goes nowhere. */
export function link(url, label) {
  if (!links.follow(url, true)) {
    return h('span', { class: 'dead-link', title: `${url} (links do not leave the demo)` }, label || url);
  }
  return h('button', {
    type: 'button', class: 'link', title: url, on: { click: () => links.follow(url, false) },
  }, label || url);
}

const DAY = { day: 'numeric', month: 'long', year: 'numeric' };
const FORMATS = {
  date_num: (d) => d.toISOString().slice(0, 10),
  date_slash: (d) => d.toLocaleDateString('en-GB'),
  date_long: (d) => d.toLocaleDateString('en-GB', { weekday: 'long', ...DAY }),
  date_short: (d) => d.toLocaleDateString('en-GB', { ...DAY, month: 'short' }),
  date: (d) => d.toLocaleDateString('en-GB', DAY),
  time_secs: (d) => clock(d.getTime() / 1000, true),
  time: (d) => clock(d.getTime() / 1000),
  ago: (d) => `${Math.max(0, Math.round((now().getTime() - d.getTime()) / 60000))} minutes ago`,
};

function pretty(date, otherwise) {
  const days = Math.round((new Date(date).setHours(0, 0, 0, 0) - now().setHours(0, 0, 0, 0)) / 86400000);
  return { '-1': 'yesterday', 0: 'today', 1: 'tomorrow' }[days] ?? otherwise(date);
}

/** A time in the reader's own zone; `first`: it begins a sentence. */
export function date(seconds, format, fallback, first) {
  const moment = new Date(Number(seconds) * 1000);
  if (Number.isNaN(moment.getTime())) return h('span', {}, fallback);
  const words = format.replace(/\{([a-z_]+)\}/g, (whole, name) => {
    const plain = name.replace(/_pretty$/, '');
    if (!(plain in FORMATS)) return whole;
    return plain === name ? FORMATS[name](moment) : pretty(moment, FORMATS[plain]);
  });
  return h('time', { datetime: moment.toISOString(), title: moment.toLocaleString('en-GB') },
    first ? words.charAt(0).toUpperCase() + words.slice(1) : words);
}

const unescape = (text) => text.replace(/&lt;/g, '<').replace(/&gt;/g, '>').replace(/&amp;/g, '&');

function control(inside, first) {
  const [head, ...rest] = inside.split('|');
  const label = rest.length ? unescape(rest.join('|')) : '';
  if (head.startsWith('@')) return person(head.slice(1));
  if (head.startsWith('#')) return channel(head.slice(1));
  if (head.startsWith('!subteam^')) return group(head.split('^')[1]);
  if (head.startsWith('!date^')) {
    const [, seconds, format] = head.split('^');
    return date(seconds, format ?? '{date} {time}', label, first);
  }
  if (head.startsWith('!')) return mention(`@${head.slice(1).split('^')[0]}`);
  return link(unescape(head), label);
}

const STYLES = [[/^\*([^*\n]+)\*/, 'strong'], [/^_([^_\n]+)_/, 'em'], [/^~([^~\n]+)~/, 's']];
const EDGE = /[\s.,;:!?()'"·/-]/;

function styled(text, at) {
  const before = at === 0 || EDGE.test(text[at - 1]);
  if (!before) return null;
  for (const [pattern, tag] of STYLES) {
    const found = pattern.exec(text.slice(at));
    if (!found || /^\s|\s$/.test(found[1])) continue;
    const after = text[at + found[0].length];
    if (after === undefined || EDGE.test(after)) return [found[0].length, h(tag, {}, inline(found[1]))];
  }
  return null;
}

function special(text, at) {
  if (text[at] === '<') {
    const end = text.indexOf('>', at);
    return end > at + 1 ? [end - at + 1, control(text.slice(at + 1, end), at === 0)] : null;
  }
  if (text[at] === '`') {
    const end = text.indexOf('`', at + 1);
    return end > at + 1 ? [end - at + 1, h('code', {}, unescape(text.slice(at + 1, end)))] : null;
  }
  return '*_~'.includes(text[at]) ? styled(text, at) : null;
}

function inline(text) {
  const parts = [];
  let plain = 0;
  let at = 0;
  while (at < text.length) {
    const found = special(text, at);
    if (found) {
      parts.push(unescape(text.slice(plain, at)), found[1]);
      at += found[0];
      plain = at;
    } else {
      at += 1;
    }
  }
  return [...parts, unescape(text.slice(plain))];
}

/** The nodes of a mrkdwn text: quotes, code and line breaks included. */
export function mrkdwn(text) {
  const blocks = [];
  for (const [place, piece] of text.split('```').entries()) {
    if (place % 2) {
      blocks.push(h('pre', {}, unescape(piece.replace(/^\n/, ''))));
      continue;
    }
    const lines = piece.split('\n');
    for (const [number, line] of lines.entries()) {
      if (line.startsWith('&gt;')) blocks.push(h('blockquote', {}, inline(line.slice(4).trimStart())));
      else blocks.push(...inline(line), number < lines.length - 1 ? h('br') : '');
    }
  }
  return blocks;
}

/** The same without markup, for those who hear it. */
export function spoken(text) {
  const named = (inside) => {
    const [head, ...label] = inside.split('|');
    if (label.length) return label.join('|');
    if (head.startsWith('@')) return names.users[head.slice(1)] ?? head;
    if (head.startsWith('!subteam^')) return names.groups[head.split('^')[1]] ?? '';
    return head.startsWith('#') ? names.channels[head.slice(1)] ?? head : head;
  };
  return unescape(text.replace(/<([^<>\n]+)>/g, (_whole, inside) => named(inside)));
}

/** The words as somebody typed them, to be changed. */
export function typed(text) {
  return unescape(text.replace(/<@([A-Z0-9]+)>/g, (_whole, id) => `@${names.users[id] ?? id}`)
    .replace(/<(https?:[^<>|\s]+)(?:\|[^<>]*)?>/g, '$1'));
}

/** A text object, plain or mrkdwn. */
export function words(object, tag = 'span', props = {}) {
  if (!object) return null;
  return append(h(tag, props), object.type === 'mrkdwn' ? mrkdwn(object.text) : [object.text]);
}
