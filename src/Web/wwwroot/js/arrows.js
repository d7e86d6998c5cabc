// Arrow keys between things that stand in a row, a column or a drawing. Tab reaches each too; Enter is the link's own.

export function startArrows() {
  document.addEventListener('keydown', (event) => {
    if (event.altKey || event.ctrlKey || event.metaKey || !event.key.startsWith('Arrow')) {
      return;
    }

    const container = event.target.closest?.('[data-arrows]');
    if (!container || event.target.closest('input, textarea, select')) {
      return;
    }

    const next = container.dataset.arrows === 'graph' ? inGraph(container, event) : inList(container, event);
    if (next) {
      event.preventDefault();
      next.focus();
      next.scrollIntoView({ block: 'nearest', inline: 'nearest' });
    }
  });
}

export function firstOf(container) {
  return container?.querySelector('a[aria-current]') ?? container?.querySelector('a[href]');
}

function inList(container, event) {
  const step = event.key === 'ArrowDown' ? 1 : event.key === 'ArrowUp' ? -1 : 0;
  const links = [...container.querySelectorAll(container.dataset.arrows === 'rows' ? 'tbody .name > a' : 'li > a')];
  const at = links.findIndex((link) => link === event.target || link.closest('tr')?.contains(event.target));
  return step === 0 ? null : links[at + step];
}

// The nearest stage in the arrow's direction: along it by distance, beside it by three times as much.
function inGraph(container, event) {
  const [x, y] = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] }[event.key];
  const from = center(event.target);
  let best = null;
  let least = Infinity;
  for (const link of container.querySelectorAll('a')) {
    const to = center(link);
    const along = (to.x - from.x) * x + (to.y - from.y) * y;
    const beside = Math.abs((to.x - from.x) * y) + Math.abs((to.y - from.y) * x);
    const distance = along + 3 * beside;
    if (link !== event.target && along > 4 && distance < least) {
      best = link;
      least = distance;
    }
  }

  return best;
}

function center(element) {
  const box = element.getBoundingClientRect();
  return { x: box.left + box.width / 2, y: box.top + box.height / 2 };
}
