// The markdown of an agent's answers, as Slack's client reads it: docs.slack.dev/reference/block-kit/blocks/markdown-block

import { h } from './dom.js';
import { link } from './mrkdwn.js';

const INLINE = [
  [/`([^`\n]+)`/, (found) => h('code', {}, found[1])],
  [/!\[([^\]\n]*)\]\([^)\s]+\)/, (found) => h('span', { class: 'picture' }, `Image: ${found[1]}`)],
  [/\[([^\]\n]+)\]\((https?:\/\/[^)\s]+)\)/, (found) => link(found[2], found[1])],
  [/<(https?:\/\/[^>\s]+)>/, (found) => link(found[1])],
  [/https?:\/\/[^\s<>)\]]*[^\s<>)\].,;:!?]/, (found) => link(found[0])],
  [/\*\*([^*\n]+)\*\*/, (found) => h('strong', {}, inline(found[1]))],
  [/~~([^~\n]+)~~/, (found) => h('s', {}, inline(found[1]))],
  [/\*([^*\s][^*\n]*)\*/, (found) => h('em', {}, inline(found[1]))],
];

/** The first of the marks in `text`, wherever it is; of two at one place the one listed first. */
function next(text) {
  let first = null;
  for (const [pattern, make] of INLINE) {
    const found = pattern.exec(text);
    if (found && (!first || found.index < first.found.index)) first = { found, make };
  }
  return first;
}

function inline(text) {
  const parts = [];
  let rest = text;
  for (let mark = next(rest); mark; mark = next(rest)) {
    parts.push(rest.slice(0, mark.found.index), mark.make(mark.found));
    rest = rest.slice(mark.found.index + mark.found[0].length);
  }
  return [...parts, rest];
}

const LIST = /^\s*(?:([-*+])|(\d+)[.)])\s+(.*)$/;

function list(lines) {
  const ordered = Boolean(LIST.exec(lines[0])[2]);
  return h(ordered ? 'ol' : 'ul', {}, lines.map((line) => h('li', {}, inline(LIST.exec(line)[3]))));
}

/** The nodes of a markdown text; an unfinished mark, as while it streams, is shown as it stands. */
export function markdown(text) {
  const nodes = [];
  for (const [place, piece] of text.split('```').entries()) {
    if (place % 2) nodes.push(h('pre', {}, piece.replace(/^\w*\n/, '')));
    else nodes.push(...paragraphs(piece.split('\n')));
  }
  return nodes;
}

function paragraphs(lines) {
  const nodes = [];
  let listed = [];
  const close = () => {
    if (listed.length) nodes.push(list(listed));
    listed = [];
  };
  for (const line of lines) {
    if (LIST.test(line)) {
      listed.push(line);
      continue;
    }
    close();
    const heading = /^#{1,6}\s+(.*)$/.exec(line);
    if (heading) nodes.push(h('h4', {}, inline(heading[1])));
    else if (/^>\s?/.test(line)) nodes.push(h('blockquote', {}, inline(line.replace(/^>\s?/, ''))));
    else if (line.trim()) nodes.push(h('p', {}, inline(line)));
  }
  close();
  return nodes;
}
