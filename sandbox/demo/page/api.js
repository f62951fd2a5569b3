// What the page asks of the server, and how it hears of changes.

import { complain } from './dom.js';

export class Refused extends Error {}

async function answer(response) {
  let body = {};
  try {
    body = await response.json();
  } catch {
    throw new Refused('The demo gave an answer that cannot be read.');
  }
  if (!response.ok) throw new Refused(body.error ?? `The demo refused this (${response.status}).`);
  return body;
}

async function call(path, options) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refused('The demo does not answer. If you stopped it, start it again with: make demo');
  }
  return answer(response);
}

export const get = (path) => call(path, { headers: { Accept: 'application/json' } });

export const post = (path, body) => call(path, {
  method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body),
});

/** Do something a person asked for; what goes wrong is said in words. Returns the answer, or null. */
export async function attempt(work) {
  try {
    const result = await work();
    if (result && result.ok === false) {
      complain(result.error);
      return null;
    }
    return result;
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    complain(error.message);
    return null;
  }
}

/** Run `work` now, or again once the present run has ended: never two at a time, never an old answer last. */
export function latest(work) {
  let running = false;
  let again = false;
  return async function run() {
    if (running) {
      again = true;
      return;
    }
    running = true;
    try {
      do {
        again = false;
        await attempt(work);
      } while (again);
    } finally {
      running = false;
    }
  };
}

/** Hear of changes: `heard` gets each message, `state` gets true and false as the connection comes and goes. */
export function listen(heard, state) {
  const source = new EventSource('/demo/stream');
  source.addEventListener('open', () => state(true));
  source.addEventListener('error', () => state(false));
  source.addEventListener('message', (event) => heard(JSON.parse(event.data)));
}
