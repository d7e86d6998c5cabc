// Forms that change something are sent in the background: what was typed stays when it is refused, and the page is not loaded anew when it need not be.

import { refreshNow } from './live.js';
import { confirmWith, toast, toastAfterNavigation } from './ui.js';

const crumbField = 'Jenkins-Crumb';

export function startForms() {
  document.addEventListener('submit', (event) => {
    const form = event.target;
    if (form.matches('[data-post]')) {
      event.preventDefault();
      send(form, event.submitter);
    } else if (form.matches('[data-soft-form]')) {
      event.preventDefault();
      follow(form);
    }
  });
  let pause = null;
  document.addEventListener('input', (event) => {
    const form = event.target.closest('[data-soft-form]');
    if (form) {
      clearTimeout(pause);
      pause = setTimeout(() => follow(form), 150);
    }
  });
  document.addEventListener('change', () => showParts(document));
  showParts(document);
}

// Parts of a form that only matter for one answer: data-only="source=scm".
export function showParts(root) {
  for (const part of root.querySelectorAll('[data-only]')) {
    const [name, value] = part.dataset.only.split('=');
    const chosen = part.closest('form').querySelector(`[name="${name}"]:checked`);
    part.hidden = chosen !== null && chosen.value !== value;
  }
}

async function send(form, submitter) {
  if (form.dataset.confirm && !await confirmWith(form.dataset.confirm, form.dataset.verb)) {
    return;
  }

  submitter?.setAttribute('disabled', '');
  try {
    const body = new URLSearchParams(new FormData(form));
    const headers = { 'X-Slipway-Action': '1' };
    const crumb = document.querySelector('meta[name=crumb]')?.content;
    if (crumb) {
      headers[crumbField] = crumb;
      body.set(crumbField, crumb);
    }

    const response = await fetch(form.action, { method: 'POST', body, headers, credentials: 'same-origin' });
    const answer = await read(response);
    if (!response.ok || answer.fault) {
      showFault(form, answer.fault ?? `The server answered ${response.status}.`);
      return;
    }

    await arrive(answer);
  } catch (error) {
    showFault(form, `The server could not be reached. Nothing was changed as far as known here. (${error.message})`);
  } finally {
    submitter?.removeAttribute('disabled');
  }
}

async function read(response) {
  const type = response.headers.get('Content-Type') ?? '';
  return type.includes('json') ? response.json() : {};
}

async function arrive(answer) {
  const target = new URL(answer.location ?? '', document.baseURI);
  if (target.pathname === location.pathname && !target.search) {
    closeMenus();
    if (answer.message) {
      toast(answer.message);
    }

    await refreshNow();
    return;
  }

  // A list from which something was started stays; everything else leads to what was made.
  if (document.querySelector('.listing, .table.queue') && answer.message && !target.pathname.endsWith('build')) {
    toast(answer.message);
    await refreshNow();
    return;
  }

  if (answer.message) {
    toastAfterNavigation(answer.message);
  }

  location.assign(target);
}

function showFault(form, text) {
  const place = form.querySelector('[data-fault]');
  if (place) {
    place.textContent = text;
    place.hidden = false;
    place.scrollIntoView({ block: 'nearest' });
  } else {
    toast(text, true);
  }
}

function follow(form) {
  const url = new URL(form.action);
  for (const [name, value] of new FormData(form)) {
    if (value) {
      url.searchParams.set(name, value);
    }
  }

  history.replaceState(null, '', url);
  refreshNow();
}

export function closeMenus(except) {
  for (const menu of document.querySelectorAll('details.menu[open]')) {
    if (menu !== except) {
      menu.removeAttribute('open');
    }
  }
}
