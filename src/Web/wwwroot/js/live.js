// Keeps the page live: follows the server's changes and redraws what the server renders anew. Only a page that is looked at holds a connection,
// since browsers allow few of them to one server.

import { morph } from './morph.js';
import { readClock } from './clock.js';

const leastPause = 100;

let source = null;
let sourceUrl = null;
let lastId = document.body.dataset.feed;
let etag = null;
let fetching = false;
let wanted = false;
let timer = null;
let lastFetch = 0;
let cost = 0;
let retry = 1000;
let trouble = null;
const drawn = [];
const logListeners = [];

export function onDrawn(listener) {
  drawn.push(listener);
}

export function onLog(listener) {
  logListeners.push(listener);
}

export function startLive() {
  document.addEventListener('visibilitychange', () => {
    if (document.hidden) {
      disconnect();
    } else {
      refresh();
      connect();
    }
  });
  window.addEventListener('pagehide', disconnect);
  window.addEventListener('pageshow', (event) => event.persisted && (refresh(), connect()));
  connect();
}

// Asks for a redraw: at once where nothing was drawn lately, else with the pause that viewers and server can bear.
export function refresh() {
  wanted = true;
  if (fetching || timer) {
    return;
  }

  const pause = Math.max(leastPause, 2 * cost) - (performance.now() - lastFetch);
  timer = setTimeout(draw, Math.max(0, pause));
}

// Draws what the address says now, for a reader who waits for it.
export async function refreshNow() {
  etag = null;
  wanted = true;
  clearTimeout(timer);
  timer = null;
  if (!fetching) {
    await draw();
  }
}

async function draw() {
  timer = null;
  wanted = false;
  fetching = true;
  const begun = performance.now();
  const url = location.href;
  try {
    const headers = { 'X-Slipway-Fragment': '1' };
    if (etag) {
      headers['If-None-Match'] = etag;
    }

    const response = await fetch(url, { headers, credentials: 'same-origin', cache: 'no-store' });
    if (response.status === 304) {
      return;
    }

    if (response.status === 401 || response.status === 403 || response.redirected) {
      location.reload();
      return;
    }

    if (response.status >= 500) {
      throw new Error(`The server answered ${response.status}.`);
    }

    const html = await response.text();
    if (url === location.href) {
      etag = response.headers.get('ETag');
      apply(html);
    }
  } catch {
    setTimeout(refresh, retry);
  } finally {
    fetching = false;
    lastFetch = performance.now();
    cost = lastFetch - begun;
    if (wanted) {
      refresh();
    }
  }
}

function apply(html) {
  const next = new DOMParser().parseFromString(html, 'text/html').querySelector('main');
  const main = document.querySelector('main');
  if (!next) {
    return;
  }

  const spoken = main.dataset.tone !== next.dataset.tone && next.dataset.title;
  morph(main, next);
  document.title = `${main.dataset.title} · Slipway`;
  const icon = document.querySelector('link[rel=icon]');
  const wantedIcon = icon.getAttribute('href').replace(/tab-\w+\.svg/, `tab-${main.dataset.tone}.svg`);
  if (icon.getAttribute('href') !== wantedIcon) {
    icon.setAttribute('href', wantedIcon);
  }

  if (spoken) {
    announce(spoken);
  }

  readClock(main);
  drawn.forEach((listener) => listener());
  connect();
}

function announce(text) {
  let region = document.getElementById('announce');
  if (!region) {
    region = document.createElement('div');
    region.id = 'announce';
    region.className = 'sr';
    region.setAttribute('role', 'status');
    document.body.append(region);
  }

  region.textContent = text;
}

function feedUrl() {
  const watch = document.querySelector('main').dataset.watch;
  if (watch === undefined) {
    return null;
  }

  const log = document.querySelector('[data-log][data-growing]');
  return `feed?${watch}${log ? `&log=${log.dataset.run}:0` : ''}`;
}

function connect() {
  const url = feedUrl();
  if (document.hidden || url === sourceUrl) {
    return;
  }

  disconnect();
  if (!url) {
    return;
  }

  sourceUrl = url;
  source = new EventSource(new URL(lastId ? `${url}&after=${encodeURIComponent(lastId)}` : url, document.baseURI));
  const mine = source;
  mine.addEventListener('open', () => {
    retry = 1000;
    showTrouble(false);
  });
  mine.addEventListener('change', (event) => {
    lastId = event.lastEventId || lastId;
    refresh();
  });
  mine.addEventListener('log', (event) => {
    const growth = JSON.parse(event.data);
    logListeners.forEach((listener) => listener(growth));
  });
  mine.addEventListener('error', () => {
    showTrouble(true);
    if (mine.readyState === EventSource.CLOSED && mine === source) {
      // The server refused or is not there: the browser does not try again by itself.
      disconnect();
      setTimeout(() => {
        refresh();
        connect();
      }, retry);
      retry = Math.min(retry * 2, 30000);
    }
  });
}

function disconnect() {
  source?.close();
  source = null;
  sourceUrl = null;
}

function showTrouble(is) {
  const element = document.getElementById('link-state');
  if (!is) {
    clearTimeout(trouble);
    trouble = null;
    element.hidden = true;
    return;
  }

  // A connection that is back within a moment is not worth a word.
  trouble ??= setTimeout(() => {
    element.textContent = 'Reconnecting…';
    element.hidden = false;
  }, 2500);
}
