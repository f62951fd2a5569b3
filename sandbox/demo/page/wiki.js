// Jira's wiki markup, as far as notes and people use it. What is not known stays as it was typed.
// jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all

import { h } from './dom.js';
import { link } from './mrkdwn.js';

const ENTITY = /^&#(\d{1,7});/;
const LINK = /^\[([^[\]\n|]*)\|([^[\]\n|]+)\]/;
const BARE = /^https?:\/\/[^\s<>"|[\]{}]*[^\s<>"|[\]{}.,;:!?)]/;
const STYLES = [[/^\*([^*\n]+)\*/, 'strong'], [/^_([^_\n]+)_/, 'em']];
const WORD = /[\p{L}\p{N}]/u;

function styled(text, at) {
  if (at > 0 && WORD.test(text[at - 1])) return null;
  for (const [pattern, tag] of STYLES) {
    const found = pattern.exec(text.slice(at));
    if (!found || /^\s|\s$/.test(found[1])) continue;
    const after = text[at + found[0].length];
    if (after === undefined || !WORD.test(after)) return [found[0].length, h(tag, {}, inline(found[1]))];
  }
  return null;
}

function special(text, at) {
  const rest = text.slice(at);
  if (text[at] === '\\' && at + 1 < text.length) return [2, text[at + 1]];
  if (text[at] === '&') {
    const found = ENTITY.exec(rest);
    const code = found ? Number(found[1]) : 0;
    return found && code > 0 && code <= 0x10ffff ? [found[0].length, String.fromCodePoint(code)] : null;
  }
  if (text[at] === '[') {
    const found = LINK.exec(rest);
    return found ? [found[0].length, link(found[2], plain(found[1]))] : null;
  }
  if (text[at] === 'h') {
    const found = at > 0 && WORD.test(text[at - 1]) ? null : BARE.exec(rest);
    return found ? [found[0].length, link(found[0], found[0])] : null;
  }
  return '*_'.includes(text[at]) ? styled(text, at) : null;
}

/** The text of a link, escapes undone. */
function plain(text) {
  return text.replace(/\\(.)/g, '$1').replace(/&#(\d{1,7});/g, (whole, code) => {
    const number = Number(code);
    return number > 0 && number <= 0x10ffff ? String.fromCodePoint(number) : whole;
  });
}

function inline(text) {
  const parts = [];
  let held = '';
  let at = 0;
  while (at < text.length) {
    const found = special(text, at);
    if (!found) {
      held += text[at];
      at += 1;
    } else if (typeof found[1] === 'string') {
      held += found[1];
      at += found[0];
    } else {
      parts.push(held, found[1]);
      held = '';
      at += found[0];
    }
  }
  return [...parts, held];
}

const FINE = /^\{color:#?\w+\}(.*)\{color\}$/;

function block(line) {
  const heading = /^h([1-6])\. (.*)$/.exec(line);
  if (heading) return h('p', { class: `note-heading level-${heading[1]}` }, inline(heading[2]));
  if (line.startsWith('bq. ')) return h('blockquote', {}, inline(line.slice(4)));
  const fine = FINE.exec(line);
  if (fine) return h('p', { class: 'note-fine' }, inline(fine[1]));
  return h('p', {}, inline(line));
}

/** The nodes of a text in Jira's markup. */
export function wiki(text) {
  const nodes = [];
  let list = null;
  for (const line of text.split(/\r?\n/)) {
    const item = /^\* (.*)$/.exec(line);
    if (item) {
      if (!list) nodes.push(list = h('ul'));
      list.append(h('li', {}, inline(item[1])));
    } else {
      list = null;
      if (line.trim()) nodes.push(block(line));
    }
  }
  return nodes;
}

const ADDRESS = /https?:\/\/\S+/g;

/** The nodes of a journal entry: plain lines, quotes and bullets as the bot sets them, links to tickets. */
export function journal(text) {
  let gap = false;
  return text.split(/\r?\n/).map((line, place) => {
    if (!line.trim()) {
      gap = true;
      return null;
    }
    const after = gap ? 'journal-gap' : '';
    gap = false;
    const kind = line.startsWith('> ') ? 'blockquote' : 'p';
    const words = kind === 'blockquote' ? line.slice(2) : line;
    const look = place === 0 ? 'journal-first' : words.startsWith('• ') ? 'journal-item' : '';
    return h(kind, { class: `journal ${look} ${after}` }, linked(words));
  });
}

function linked(words) {
  const parts = [];
  let end = 0;
  for (const found of words.matchAll(ADDRESS)) {
    parts.push(words.slice(end, found.index), link(found[0], shortened(found[0])));
    end = found.index + found[0].length;
  }
  return [...parts, words.slice(end)];
}

const shortened = (url) => (url.length > 44 ? `${url.slice(0, 42)}…` : url);
