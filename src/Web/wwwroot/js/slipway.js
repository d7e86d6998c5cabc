// Every page's entry. Pages work without it, but for the log viewer and for staying live.

import { firstOf, startArrows } from './arrows.js';
import { readClock, startClock } from './clock.js';
import { closeMenus, startForms } from './forms.js';
import { onDrawn, onLog, refreshNow, startLive } from './live.js';
import { attachLogs, logOnPage } from './log.js';
import { showKeys, showWaitingToast } from './ui.js';

function startTheme() {
  document.getElementById('theme').addEventListener('click', () => {
    const root = document.documentElement;
    const now = root.dataset.theme || (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light');
    root.dataset.theme = now === 'dark' ? 'light' : 'dark';
    document.cookie = `slipway-theme=${root.dataset.theme}; path=${new URL(document.baseURI).pathname}; max-age=31536000; samesite=lax`;
  });
}

// Links that only change what of the page is shown: the address changes, the page is redrawn in place.
function startSoftLinks() {
  document.addEventListener('click', (event) => {
    const link = event.target.closest('a[data-soft]');
    if (!link || event.defaultPrevented || event.button !== 0 || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) {
      return;
    }

    event.preventDefault();
    if (link.href !== location.href) {
      history.pushState(null, '', link.href);
    }

    refreshNow();
  });
  window.addEventListener('popstate', () => refreshNow());
}

function startMenus() {
  document.addEventListener('click', (event) => closeMenus(event.target.closest('details.menu')));
}

function startKeys() {
  document.getElementById('keys').addEventListener('click', showKeys);
  let goes = false;
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Escape') {
      closeMenus();
      return;
    }

    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest('input, textarea, select, dialog')) {
      return;
    }

    if (goes) {
      goes = false;
      const target = { j: './', q: 'queue/', n: 'computer/' }[event.key];
      if (target) {
        location.assign(new URL(target, document.baseURI));
        return;
      }
    }

    if (pressed(event.key)) {
      event.preventDefault();
    }

    goes = event.key === 'g';
  });
}

function pressed(key) {
  switch (key) {
    case '/': {
      const field = [...document.querySelectorAll('[data-slash]')].find((e) => e.checkVisibility());
      field?.focus();
      field?.select();
      return Boolean(field);
    }
    case '?':
      showKeys();
      return true;
    case 's':
      return focus(firstOf(document.querySelector('.graph')));
    case 'l':
      return focus(document.querySelector('.log-view'));
    case 'f':
    case 't':
    case 'w':
      logOnPage()?.do({ f: 'follow', t: 'times', w: 'wrap' }[key]);
      return Boolean(logOnPage());
    default:
      return false;
  }
}

function focus(element) {
  element?.focus();
  return Boolean(element);
}

function writeOrigin() {
  for (const element of document.querySelectorAll('[data-origin]')) {
    element.textContent = document.baseURI;
  }
}

// A wide graph shows the stage that is chosen, as long as the reader does not scroll it.
let shownStage = null;

function showStage() {
  const stage = document.querySelector('.graph a[aria-current]');
  const href = stage?.getAttribute('href') ?? null;
  if (stage && href !== shownStage) {
    const graph = stage.closest('.graph');
    const box = stage.getBoundingClientRect();
    const frame = graph.getBoundingClientRect();
    if (box.left < frame.left || box.right > frame.right) {
      graph.scrollLeft += box.left + box.width / 2 - frame.left - frame.width / 2;
    }

    if (box.top < frame.top || box.bottom > frame.bottom) {
      graph.scrollTop += box.top + box.height / 2 - frame.top - frame.height / 2;
    }
  }

  shownStage = href;
}

function drawnAgain() {
  writeOrigin();
  showStage();
  attachLogs();
}

startTheme();
startSoftLinks();
startMenus();
startForms();
startKeys();
startArrows();
startClock();
readClock(document);
drawnAgain();
onDrawn(drawnAgain);
onLog((growth) => logOnPage()?.grown(growth));
startLive();
showWaitingToast();
document.documentElement.dataset.ready = 'true';
