// One row of the log viewer, and where a text stands in it.

// A line as the server wrote it: encoded there, once.
export function fill(row, number, line) {
  row.classList.toggle('ghost', !line);
  const link = document.createElement('a');
  link.className = 'n';
  link.tabIndex = -1;
  link.href = lineHref(number);
  link.textContent = String(number);
  const time = document.createElement('span');
  time.className = 'at';
  const text = document.createElement('span');
  text.className = 'x';
  if (line) {
    row.lineHtml = line[0];
    text.innerHTML = line[0];
    time.textContent = clockTime(line[1]);
    for (const colored of text.querySelectorAll('[data-fg], [data-bg]')) {
      colored.style.color = colored.dataset.fg ?? '';
      colored.style.backgroundColor = colored.dataset.bg ?? '';
    }
  }

  row.replaceChildren(link, time, text);
}

function lineHref(number) {
  const url = new URL(location.href);
  url.searchParams.set('line', number);
  return url.href;
}

function clockTime(ms) {
  const time = new Date(ms);
  const two = (n) => String(n).padStart(2, '0');
  return `${two(time.getHours())}:${two(time.getMinutes())}:${two(time.getSeconds())}.${String(time.getMilliseconds()).padStart(3, '0')}`;
}

// Ranges of a text in an element, also where it spans differently coloured pieces.
export function findText(element, text, ranges) {
  const pieces = [];
  let whole = '';
  const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    pieces.push({ node: walker.currentNode, from: whole.length });
    whole += walker.currentNode.nodeValue;
  }

  const lower = whole.toLowerCase();
  for (let at = lower.indexOf(text); at >= 0 && ranges.length < 2000; at = lower.indexOf(text, at + text.length)) {
    const range = new Range();
    const start = pieces.findLast((piece) => piece.from <= at);
    const end = pieces.findLast((piece) => piece.from < at + text.length);
    range.setStart(start.node, at - start.from);
    range.setEnd(end.node, at + text.length - end.from);
    ranges.push(range);
  }
}
