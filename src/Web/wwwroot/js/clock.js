// Keeps times true between two renderings. The server's clock counts: each element says what it was when it was drawn.

let skew = 0;

export function readClock(root) {
  const drawn = root.querySelector('[data-now]');
  if (drawn) {
    skew = Number(drawn.dataset.now) - Date.now();
  }

  tick(root);
}

export function startClock() {
  setInterval(() => document.hidden || tick(document), 1000);
}

function tick(root) {
  const now = Date.now() + skew;
  for (const element of root.querySelectorAll('[data-since]')) {
    write(element, duration(now - Number(element.dataset.since)));
  }

  for (const element of root.querySelectorAll('[data-ago]')) {
    write(element, ago(now - Number(element.dataset.ago)));
  }

  for (const element of root.querySelectorAll('time[data-local]')) {
    write(element, new Date(Number(element.dataset.local)).toLocaleString());
  }
}

function write(element, text) {
  if (element.textContent !== text) {
    element.textContent = text;
  }
}

// The same words as Display.Duration and Display.Ago on the server.
export function duration(ms) {
  const s = Math.max(0, ms) / 1000;
  if (s < 9.95) return `${s < 1 ? '0' : Math.floor(s)} s`;
  if (s < 60) return `${Math.floor(s)} s`;
  if (s < 3600) return `${Math.floor(s / 60)} min ${Math.floor(s % 60)} s`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ${Math.floor(s / 60) % 60} min`;
  return `${Math.floor(s / 86400)} d ${Math.floor(s / 3600) % 24} h`;
}

export function ago(ms) {
  const s = ms / 1000;
  if (s < 5) return 'just now';
  if (s < 60) return `${Math.floor(s)} s ago`;
  if (s < 3600) return `${Math.floor(s / 60)} min ago`;
  if (s < 86400) return `${Math.floor(s / 3600)} h ago`;
  if (s < 86400 * 60) return `${Math.floor(s / 86400)} d ago`;
  return `${Math.floor(s / 86400 / 30.4)} months ago`;
}
