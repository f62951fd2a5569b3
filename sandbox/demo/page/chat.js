// The pane of Slack: who is acting, the conversations, the messages, and the modal.

import { announce, avatar, clock, h, icon, keyed } from './dom.js';
import { attempt, get, latest, post } from './api.js';
import { confirmed, draw } from './blocks.js';
import * as composer from './composer.js';
import { mrkdwn, spoken } from './mrkdwn.js';
import { show } from './modal.js';

const DIRECT = 1;
const HOME = 3;
const state = {
  as: null, room: 0, view: null, cast: [], seen: new Set(), met: new Set(), read: {}, home: {}, threads: {},
};

export function start(cast) {
  state.cast = cast;
  state.as = cast[0].id;
  document.getElementById('cast').append(...cast.map((person) => {
    const radio = h('input', { type: 'radio', name: 'acting-as', value: person.id, class: 'unseen' });
    radio.checked = person.id === state.as;
    radio.addEventListener('change', () => act(person));
    return h('label', { class: 'actor', title: person.name }, radio,
      h('span', {}, h('strong', {}, person.name.split(' ')[0]), h('small', {}, person.part)));
  }));
  composer.start({
    send,
    edit: (ts, text) => doing('say/edit', { channel: room().id, ts, text }),
    shortcut: (button) => doing('shortcut', { callback: 'ticket_new' }, button),
    stop: (thread, button) => doing('say/stop', { channel: room().id, thread }, button),
    thread: (ts) => { state.threads[place()] = ts; },
    refresh: render,
  });
}

const room = () => state.view.rooms[state.room];
const place = () => `${state.as} ${state.room}`;

async function send(text, thread) {
  const told = await doing('say', { channel: room().id, text, thread });
  // Talking to the bot goes on where it began; a channel is everybody's.
  if (told?.ts && !thread && state.room === DIRECT) state.threads[place()] = told.ts;
  render();
  return told;
}

async function act(person) {
  state.as = person.id;
  await refresh();
  await opened();
  announce(`You act as ${person.name}, ${person.part}`);
}

export const refresh = latest(async () => {
  const asked = state.as;
  const view = await get(`/demo/chat?as=${encodeURIComponent(asked)}`);
  if (asked !== state.as) return;
  state.view = view;
  render();
});

/** What somebody does in a message or a modal; the answer, or null once the error has been told. */
export async function doing(path, body, button) {
  button?.setAttribute('aria-busy', 'true');
  const told = await attempt(() => post(`/demo/${path}`, { as: state.as, ...body }));
  button?.removeAttribute('aria-busy');
  await refresh();
  return told;
}

/** The bot hears when its Home, or the tab where people write to it, is opened. */
async function opened() {
  if (state.room === HOME) await doing('home', {});
  if (state.room === DIRECT) await doing('home', { tab: 'messages' });
}

/** What a menu of the open modal offers for `text`; null: it could not be asked. */
const looking = async (body) => (await attempt(() => post('/demo/modal/search', { as: state.as, ...body })))?.options;

async function enter(place) {
  state.room = place;
  render();
  await opened();
}

/** Show one message, and put the focus on it. */
export async function goTo(channel, ts) {
  const place = state.view.rooms.findIndex((room) => room.id === channel);
  if (place < 0) return;
  await enter(place);
  const node = document.querySelector(`#messages [data-ts="${CSS.escape(ts)}"]`);
  if (!node) return;
  node.scrollIntoView({ block: 'start' });
  node.focus({ preventScroll: true });
}

function render() {
  const { view } = state;
  renderState(view.connected);
  renderRooms(view.rooms);
  if (state.room === HOME) renderHome(view.home);
  else renderRoom(view.rooms[state.room]);
  composer.update(view.rooms[state.room] ?? null, thread());
  tell(view.rooms);
  show(view.modal, doing, looking);
}

/** The thread that is written in; none once its first message is gone. */
function thread() {
  const ts = state.threads[place()] ?? null;
  return room()?.messages.some((message) => message.ts === ts) ? ts : null;
}

/** Draw again only those blocks that changed: what is half-chosen elsewhere, or about to be pressed, stays. */
function renderHome(home) {
  const box = document.getElementById('messages');
  const inside = box.contains(document.activeElement);
  const about = { owner: state.as, drawn: Boolean(home) };
  if (keyed(box, [about], () => JSON.stringify(about), drawHome).length) state.home = {};
  if (home) keyed(box.firstElementChild, home.blocks, (block) => block.block_id, (block) => drawPart(home, block));
  // What had the focus may be gone, as a permission that was just revoked.
  if (inside && !box.contains(document.activeElement)) box.focus({ preventScroll: true });
}

function drawHome({ drawn }) {
  return drawn ? h('article', { class: 'home', 'aria-label': 'The bot’s Home' })
    : h('div', { class: 'teach' }, h('h3', {}, 'Home'), h('p', {}, 'The bot is drawing it…'));
}

function drawPart(home, block) {
  delete state.home[block.block_id];
  const values = state.home;
  const act = (action, value, button, id) => doing('view/click', {
    view: home.id, action_id: action, block_id: id, value, values,
  }, button);
  return draw([block], { values, act })[0];
}

function renderRoom(room) {
  const box = document.getElementById('messages');
  const person = state.cast.find((each) => each.id === state.as);
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const banner = !person.member && state.room === 0
    ? [{ ts: 'banner', banner: `${person.name} is a ${person.part} and not in this channel. In Slack this card would not be shown; a click on it would be refused all the same.` }] : [];
  const empty = room.messages.length ? [] : [{ ts: `empty-${state.room}`, empty: state.room }];
  const fresh = keyed(box, [...banner, ...empty, ...threaded(room.messages)], (message) => `${room.id}${message.ts}`, drawItem);
  const writing = room.messages.some((message) => message.streaming);
  if (fresh.length && !fresh.includes(box.lastElementChild)) fresh.at(-1).scrollIntoView({ block: 'nearest' });
  else if (atEnd && writing) box.scrollTop = box.scrollHeight;
  else if (fresh.length && atEnd) {
    box.scrollTop = box.scrollHeight;
    // A card taller than the pane is read from its beginning.
    const last = box.lastElementChild;
    if (last.offsetHeight > box.clientHeight) last.scrollIntoView({ block: 'start' });
  }
}

/** Replies stand below what they answer. */
function threaded(messages) {
  const roots = new Set(messages.filter((message) => !message.thread).map((message) => message.ts));
  const under = (message) => (roots.has(message.thread) ? message.thread : message.ts);
  const order = (message) => `${under(message)} ${message.ts}`;
  return [...messages].sort((a, b) => (order(a) < order(b) ? -1 : 1))
    .map((message) => ({ ...message, reply: under(message) !== message.ts }));
}

function renderState(connected) {
  document.getElementById('slack-state').replaceChildren(
    connected ? '' : h('span', { class: 'faint' }, 'The bot is not connected yet'));
}

function renderRooms(rooms) {
  const shown = [...rooms, { id: 'home', title: 'Home', messages: [] }];
  keyed(document.getElementById('rooms'), shown.map((room, place) => ({
    place, title: room.title, unread: unread(room, place), on: place === state.room,
  })), (room) => `${room.place}`, (room) => h('button', {
    type: 'button', class: 'room', 'aria-pressed': String(room.on), dataset: { focus: `room-${room.place}` },
    on: { click: () => enter(room.place) },
  }, room.title, room.unread ? h('span', { class: 'count' }, `${room.unread}`, h('span', { class: 'unseen' }, ' new')) : null));
}

/** How many messages came since this person last looked into the room. */
function unread(room, place) {
  const mine = `${state.as}${room.id}`;
  const last = room.messages.at(-1)?.ts ?? '';
  // What was there before the page was opened is not news, except what waits in the direct messages.
  if (place === state.room || (place === 0 && !(mine in state.read))) state.read[mine] = last;
  return room.messages.filter((message) => Number(message.ts) > Number(state.read[mine] ?? 0)).length;
}

/** Say what is new: cards aloud, and the number of those that wait. */
function tell(rooms) {
  const all = rooms.flatMap((room) => room.messages);
  for (const message of all) {
    const sign = `${message.ts}${message.text}`;
    const words = spoken(message.text);
    if (message.streaming || message.mine) continue;
    if (!state.seen.has(sign) && state.met.has(state.as)) announce(message.only_you ? `Only visible to you: ${words}` : words);
    state.seen.add(sign);
  }
  state.met.add(state.as);
  const waiting = all.filter((message) => asks(message.blocks)).length;
  document.getElementById('count-slack').textContent = waiting || '';
}

const asks = (blocks) => blocks.some((block) => block.type === 'actions'
  && block.elements.some((one) => one.action_id === 'approval:approve'));

function drawItem(message) {
  if (message.banner) return h('p', { class: 'banner' }, message.banner);
  if ('empty' in message) return teach(message.empty);
  const host = {
    act: (action, value, button) => doing('click', {
      channel: message.channel, ts: message.ts, action_id: action, value,
    }, button),
    values: {},
  };
  const body = message.blocks.length ? draw(message.blocks, host)
    : [h('div', { class: 'block' }, message.text ? mrkdwn(message.text) : message.streaming ? 'Writing…' : '')];
  return h('article', {
    class: ['message', message.only_you && 'only-you', message.reply && 'reply', message.streaming && 'streaming']
      .filter(Boolean).join(' '), tabindex: '-1', dataset: { ts: message.ts },
    'aria-label': `${message.author}: ${spoken(message.text)}`,
  },
  avatar(message.author, message.bot),
  h('div', { class: 'message-main' },
    message.only_you ? h('p', { class: 'only-you-words' }, icon('eye'), 'Only visible to you') : null,
    h('p', { class: 'message-head' },
      h('strong', {}, message.author),
      message.bot ? h('span', { class: 'badge' }, 'App') : null,
      h('time', { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(Number(message.ts))),
      message.edited ? h('span', { class: 'faint' }, '(edited)') : null,
      message.only_you ? null : menu(message)),
    body,
    message.files.map((name) => h('p', { class: 'file' }, icon('read'), name)),
    message.previews.map((preview) => drawPreview(preview, host))));
}

/** What a link leads to, as the bot tells it. */
function drawPreview(preview, host) {
  return h('div', { class: 'preview' },
    preview.title ? h('p', { class: 'preview-title' }, preview.title) : null,
    preview.blocks.length ? draw(preview.blocks, host) : h('p', {}, mrkdwn(preview.text)));
}

/** What a person can do with a message, besides what the app put on it. */
function menu(message) {
  const item = (words, run) => h('li', {}, h('button', {
    type: 'button',
    class: 'menu-item',
    on: {
      click: (event) => {
        event.target.closest('details').open = false;
        run(event.target);
      },
    },
  }, words));
  const at = { channel: message.channel, ts: message.ts };
  const escape = (event) => {
    if (event.key !== 'Escape' || !event.currentTarget.open) return;
    event.currentTarget.open = false;
    event.currentTarget.firstElementChild.focus();
  };
  return h('details', { class: 'menu', name: 'message-menu', on: { keydown: escape } },
    h('summary', { 'aria-label': `What you can do with the message of ${message.author}`, dataset: { focus: `menu-${message.ts}` } }, '⋯'),
    h('ul', {},
      item('Reply in thread', () => {
        state.threads[place()] = message.reply ? message.thread : message.ts;
        render();
        composer.focus();
      }),
      item('Create ticket from this', (button) => doing('shortcut', { ...at, callback: 'ticket_from_message' }, button)),
      message.mine ? item('Edit', () => composer.edit(message)) : null,
      message.mine ? item('Delete', () => remove(at)) : null));
}

async function remove(at) {
  const plain = (text) => ({ type: 'plain_text', text });
  const asked = { title: plain('Delete this message?'), text: plain('Nobody will be able to read it.'), confirm: plain('Delete'), deny: plain('Keep it'), style: 'danger' };
  if (await confirmed(asked)) await doing('say/delete', at);
}

function teach(room) {
  return room === 0
    ? h('div', { class: 'teach' },
      h('h3', {}, 'No cards yet'),
      h('p', {}, 'When the bot wants to change a ticket, it asks here. Alice and Bob may approve, edit or reject; a public reply takes both. Carol only watches: act as her and see what a click of hers does.'))
    : room === DIRECT
      ? h('div', { class: 'teach' },
        h('h3', {}, 'No messages'),
        h('p', {}, 'Ask the bot about a ticket, or for a change. What it has to tell this person alone arrives here, too: that something waits for them, that it still waits, how it ended.'))
      : h('div', { class: 'teach' },
        h('h3', {}, 'Nobody has written yet'),
        h('p', {}, 'Write what people write: that something does not work. Then make a ticket of it with the menu of the message, or ask @Countersign.'));
}
