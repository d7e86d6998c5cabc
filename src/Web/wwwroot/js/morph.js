// Makes an element look like a newly rendered one while keeping what the reader has: focus, scroll, selection, opened details, typed text.
// Elements that must not be mixed up carry data-key; what stands in data-keep belongs to a script and is left alone.

export function morph(from, to) {
  syncAttributes(from, to);
  if (!from.hasAttribute('data-keep')) {
    morphChildren(from, to);
  }
}

function morphChildren(from, to) {
  const keyed = new Map();
  for (const child of from.children) {
    if (child.dataset?.key) {
      keyed.set(child.dataset.key, child);
    }
  }

  let at = from.firstChild;
  for (const wanted of [...to.childNodes]) {
    const key = wanted.dataset?.key;
    let match = key ? keyed.get(key) : sameKind(at, wanted) ? at : null;
    if (!match && !key && wanted.nodeType === Node.ELEMENT_NODE) {
      match = lookAhead(at, wanted);
    }

    if (match) {
      if (match === at) {
        at = at.nextSibling;
      } else {
        from.insertBefore(match, at);
      }

      update(match, wanted);
    } else {
      from.insertBefore(wanted, at);
    }
  }

  while (at) {
    const next = at.nextSibling;
    at.remove();
    at = next;
  }
}

// An element that is gone must not drag all after it out of place.
function lookAhead(at, wanted) {
  for (let next = at, steps = 0; next && steps < 6; next = next.nextSibling, steps++) {
    if (next.nodeType === Node.ELEMENT_NODE && sameKind(next, wanted) && next.className?.toString() === wanted.className?.toString()) {
      return next;
    }
  }

  return null;
}

function sameKind(node, wanted) {
  return node && node.nodeType === wanted.nodeType && node.nodeName === wanted.nodeName && !node.dataset?.key && node.id === wanted.id;
}

function update(node, wanted) {
  if (node.nodeType !== Node.ELEMENT_NODE) {
    if (node.nodeValue !== wanted.nodeValue) {
      node.nodeValue = wanted.nodeValue;
    }

    return;
  }

  if (node.isEqualNode(wanted)) {
    return;
  }

  if (!node.hasAttribute('data-keep')) {
    morph(node, wanted);
  }
}

const ofReader = new Set(['value', 'checked', 'selected', 'open']);

function syncAttributes(from, to) {
  for (const { name, value } of to.attributes) {
    if (from.getAttribute(name) !== value && !isOfReader(from, name)) {
      from.setAttribute(name, value);
    }
  }

  for (const { name } of [...from.attributes]) {
    if (!to.hasAttribute(name) && !isOfReader(from, name)) {
      from.removeAttribute(name);
    }
  }
}

// A progress bar's value is the page's; a field's value, and whether something is opened, are the reader's.
function isOfReader(element, name) {
  return ofReader.has(name) && element.nodeName !== 'PROGRESS';
}
