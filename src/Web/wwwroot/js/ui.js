// Small things that pages say: messages that go away, and questions before something is destroyed.

export function toast(text, bad = false) {
  const element = document.createElement('div');
  element.className = bad ? 'toast bad' : 'toast';
  element.textContent = text;
  document.getElementById('toasts').append(element);
  setTimeout(() => element.remove(), bad ? 12000 : 5000);
}

export function toastAfterNavigation(text) {
  sessionStorage.setItem('slipway-toast', text);
}

export function showWaitingToast() {
  const text = sessionStorage.getItem('slipway-toast');
  if (text) {
    sessionStorage.removeItem('slipway-toast');
    toast(text);
  }
}

export function confirmWith(question, verb) {
  return new Promise((resolve) => {
    const dialog = make('dialog', { 'aria-labelledby': 'confirm-text' },
      make('p', { id: 'confirm-text' }, question),
      make('form', { method: 'dialog', class: 'row' },
        make('button', { class: 'button', value: 'no' }, 'Cancel'),
        make('button', { class: 'button danger solid', value: 'yes' }, verb || 'Go on')));
    dialog.addEventListener('close', () => {
      dialog.remove();
      resolve(dialog.returnValue === 'yes');
    });
    document.body.append(dialog);
    dialog.showModal();
    dialog.querySelector('button[value=yes]').focus();
  });
}

const keys = [
  ['/', 'Search or filter'],
  ['g j', 'Jobs'],
  ['g q', 'Queue'],
  ['g n', 'Nodes'],
  ['↑ ↓ ← →', 'Between rows, stages and steps, once one has the focus'],
  ['s', 'To the stages'],
  ['l', 'To the log'],
  ['f', 'Follow the end of the log'],
  ['t', 'Timestamps in the log'],
  ['w', 'Wrap long lines of the log'],
  ['Enter, Shift+Enter', 'Next and previous match in the log'],
  ['?', 'This list'],
];

export function showKeys() {
  if (document.querySelector('dialog[open]')) {
    return;
  }

  const list = make('dl', { class: 'pairs' });
  for (const [key, meaning] of keys) {
    list.append(make('dt', {}, make('kbd', {}, key)), make('dd', {}, meaning));
  }

  const dialog = make('dialog', { 'aria-labelledby': 'keys-title' },
    make('h2', { id: 'keys-title' }, 'Keyboard'), list,
    make('form', { method: 'dialog', class: 'row' }, make('button', { class: 'button' }, 'Close')));
  dialog.addEventListener('close', () => dialog.remove());
  document.body.append(dialog);
  dialog.showModal();
}

export function make(name, attributes, ...children) {
  const element = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, value);
  }

  element.append(...children);
  return element;
}

export async function copyText(text) {
  if (navigator.clipboard && window.isSecureContext) {
    await navigator.clipboard.writeText(text);
    return;
  }

  // Over plain HTTP browsers offer only the old way.
  const area = make('textarea', { readonly: '', class: 'sr' });
  area.value = text;
  document.body.append(area);
  area.select();
  document.execCommand('copy');
  area.remove();
}
