// Slack's rich_text blocks: docs.slack.dev/reference/block-kit/blocks/rich-text-block

import { h } from './dom.js';
import { channel, date, group, link, mention, person } from './mrkdwn.js';

const TAGS = { bold: 'strong', italic: 'em', strike: 's', code: 'code' };

function styled(node, style = {}) {
  return Object.entries(TAGS).reduce((inner, [name, tag]) => (style[name] ? h(tag, {}, inner) : inner), node);
}

const ELEMENTS = {
  text: (e) => styled(e.text, e.style),
  link: (e) => styled(link(e.url, e.text), e.style),
  user: (e) => person(e.user_id),
  usergroup: (e) => group(e.usergroup_id),
  channel: (e) => channel(e.channel_id),
  broadcast: (e) => mention(`@${e.range}`),
  date: (e, first) => date(e.timestamp, e.format, e.fallback ?? '', first),
  emoji: (e) => (e.unicode
    ? String.fromCodePoint(...e.unicode.split('-').map((code) => parseInt(code, 16))) : `:${e.name}:`),
  color: (e) => h('code', {}, e.value),
};

const inside = (part) => (part.elements ?? []).map((e, place) => (ELEMENTS[e.type] ?? (() => ''))(e, place === 0));

const PARTS = {
  rich_text_section: (part) => h('div', { class: 'rt-section' }, inside(part)),
  rich_text_quote: (part) => h('blockquote', {}, inside(part)),
  rich_text_preformatted: (part) => h('pre', {}, inside(part)),
  rich_text_list: (part) => h(part.style === 'ordered' ? 'ol' : 'ul', {
    class: `indent-${Math.min(part.indent ?? 0, 8)}`, start: part.offset ? part.offset + 1 : null,
  }, (part.elements ?? []).map((section) => h('li', {}, inside(section)))),
};

export function richText(block) {
  return h('div', { class: 'rich' },
    (block.elements ?? []).map((part) => (PARTS[part.type] ?? PARTS.rich_text_section)(part)));
}
