// The pane of Slack: who is acting, the conversations, the messages, and the modal.

import { announce, avatar, clock, h, icon, keyed } from './dom.js';
import { attempt, get, latest, post } from './api.js';
import { draw } from './blocks.js';
import { mrkdwn } from './mrkdwn.js';
import { show } from './modal.js';

const state = { as: null, room: 0, view: null, cast: [], seen: new Set(), began: false };

export function start(cast) {
  state.cast = cast;
  state.as = cast[0].id;
  document.getElementById('cast').append(...cast.map((person) => {
    const radio = h('input', { type: 'radio', name: 'acting-as', value: person.id, class: 'unseen' });
    radio.checked = person.id === state.as;
    radio.addEventListener('change', () => act(person));
    return h('label', { class: 'actor' }, radio, avatar(person.name, false),
      h('span', {}, h('strong', {}, person.name.split(' ')[0]), h('small', {}, person.part)));
  }));
}

async function act(person) {
  state.as = person.id;
  await refresh();
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

function render() {
  const { view } = state;
  renderState(view.connected);
  renderRooms(view.rooms);
  const room = view.rooms[state.room] ?? view.rooms[0];
  const box = document.getElementById('messages');
  const person = state.cast.find((each) => each.id === state.as);
  const atEnd = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
  const banner = !person.member && state.room === 0
    ? [{ ts: 'banner', banner: `${person.name} is a ${person.part} and not in this channel. In Slack this card would not be shown; a click on it would be refused all the same.` }] : [];
  const empty = room.messages.length ? [] : [{ ts: `empty-${state.room}`, empty: state.room }];
  const fresh = keyed(box, [...banner, ...empty, ...room.messages], (message) => `${room.id}${message.ts}`, drawItem);
  if (fresh.length && atEnd) box.scrollTop = box.scrollHeight;
  tell(view.rooms);
  show(view.modal, doing);
}

function renderState(connected) {
  document.getElementById('slack-state').replaceChildren(
    connected ? '' : h('span', { class: 'faint' }, 'The bot is not connected yet'));
}

function renderRooms(rooms) {
  keyed(document.getElementById('rooms'), rooms.map((room, place) => ({
    place, title: room.title, count: room.messages.length, on: place === state.room,
  })), (room) => `${room.place}`, (room) => h('button', {
    type: 'button', class: 'room', 'aria-pressed': String(room.on), dataset: { focus: `room-${room.place}` },
    on: { click: () => { state.room = room.place; render(); } },
  }, room.title, room.place && room.count ? h('span', { class: 'count' }, `${room.count}`) : null));
}

/** Say what is new: cards aloud, and the number of those that wait. */
function tell(rooms) {
  const all = rooms.flatMap((room) => room.messages);
  for (const message of all) {
    const sign = `${message.ts}${message.text}`;
    if (!state.seen.has(sign) && state.began) announce(message.only_you ? `Only visible to you: ${message.text}` : message.text);
    state.seen.add(sign);
  }
  state.began = true;
  const waiting = all.filter((message) => message.blocks.some((block) => block.type === 'actions')).length;
  document.getElementById('count-slack').textContent = waiting || '';
}

function drawItem(message) {
  if (message.banner) return h('p', { class: 'banner' }, message.banner);
  if ('empty' in message) return teach(message.empty);
  const host = {
    act: (action, value, button) => doing('click', {
      channel: message.channel, ts: message.ts, action_id: action, value,
    }, button),
    values: {},
  };
  const body = message.blocks.length ? draw(message.blocks, host) : [h('div', { class: 'block' }, mrkdwn(message.text))];
  return h('article', {
    class: `message ${message.only_you ? 'only-you' : ''}`, 'aria-label': `${message.author}: ${message.text}`,
  },
  avatar(message.author, message.bot),
  h('div', { class: 'message-main' },
    message.only_you ? h('p', { class: 'only-you-words' }, icon('eye'), 'Only visible to you') : null,
    h('p', { class: 'message-head' },
      h('strong', {}, message.author),
      message.bot ? h('span', { class: 'badge' }, 'App') : null,
      h('time', { datetime: new Date(Number(message.ts) * 1000).toISOString() }, clock(Number(message.ts))),
      message.edited ? h('span', { class: 'faint' }, '(edited)') : null),
    body));
}

function teach(room) {
  return room === 0
    ? h('div', { class: 'teach' },
      h('h3', {}, 'No cards yet'),
      h('p', {}, 'When the bot wants to change a ticket, it asks here. Alice and Bob may approve, edit or reject. Carol only watches: act as her and see what a click of hers does.'))
    : h('div', { class: 'teach' },
      h('h3', {}, 'No messages'),
      h('p', {}, 'What the bot has to tell this person alone, outside a channel, arrives here.'));
}
