// What an agent did on the way to its answer: docs.slack.dev/reference/block-kit/blocks/task-card-block

import { h, icon } from './dom.js';
import { link } from './mrkdwn.js';
import { richText } from './richtext.js';

const STATES = {
  pending: ['wait', 'to do'], in_progress: ['wait', 'under way'], complete: ['done', 'done'], error: ['alert', 'went wrong'],
};

/** One step, with what it found folded away. */
export function task(one) {
  const [mark, words] = STATES[one.status] ?? STATES.pending;
  const more = [
    one.details ? richText(one.details) : null,
    one.output ? richText(one.output) : null,
    one.sources?.length ? h('p', { class: 'task-sources' }, 'From: ', one.sources.map((source, place) => [
      place ? ', ' : '', link(source.url, source.text)])) : null,
  ].filter(Boolean);
  const head = [icon(mark), h('span', {}, one.title), h('span', { class: 'task-state' }, words)];
  return more.length
    ? h('details', { class: `task task-${one.status}` }, h('summary', { class: 'task-head' }, head), more)
    : h('div', { class: `task task-${one.status}` }, h('p', { class: 'task-head' }, head));
}

export function plan(block) {
  return h('div', { class: 'plan' }, h('p', { class: 'plan-title' }, block.title),
    h('ol', { class: 'plan-tasks' }, (block.tasks ?? []).map((one) => h('li', {}, task(one)))));
}
