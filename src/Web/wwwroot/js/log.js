// The log viewer. It holds windows of lines, never the log: a log of ten million lines costs what is on the screen and a few windows around it.
// Browsers cap the height of an element, so beyond that the scrollbar's position is scaled, while wheel, touch and keys still move line by line.

import { LineHeights, rowHeight } from './log-heights.js';
import { fill, findText } from './log-row.js';
import { LogWindows, windowSize } from './log-windows.js';
import { copyText, toast } from './ui.js';

const tallest = 8_000_000;
const overscan = 12;

let current = null;

export function logOnPage() {
  return current?.root.isConnected ? current : null;
}

export function attachLogs() {
  const root = document.querySelector('[data-log]');
  if (!root) {
    current = null;
  } else if (current?.root === root && current.identity === identityOf(root)) {
    current.sync();
  } else {
    current?.close();
    current = new LogView(root);
  }
}

function identityOf(root) {
  return `${root.dataset.run}/${root.dataset.node ?? ''}`;
}

class LogView {
  constructor(root) {
    this.root = root;
    this.identity = identityOf(root);
    this.view = root.querySelector('.log-view');
    this.rows = root.querySelector('.log-rows');
    this.space = root.querySelector('.log-space');
    this.input = root.querySelector('.log-search input');
    this.found = root.querySelector('.log-found');
    this.closing = new AbortController();
    this.lines = new LogWindows(root.dataset.run, root.dataset.node, this.closing.signal);
    this.loaded = false;
    this.top = 0;
    this.lastScroll = 0;
    this.drawnRows = new Map();
    this.heights = new LineHeights();
    this.matches = [];
    this.match = -1;
    this.wanted = null;
    this.picked = readPicked();
    this.follow = this.isGrowing && !this.picked;
    this.rows.replaceChildren();
    this.space.style.height = '0';
    this.view.scrollTop = 0;
    this.input.value = '';
    this.found.textContent = '';
    this.listen();
    this.showTimes(localStorage.getItem('slipway-times') === 'on');
    this.showWrap(wrapsLines());
    this.begin();
  }

  get isGrowing() {
    return this.root.dataset.growing === 'true';
  }

  close() {
    this.closing.abort();
    clearTimeout(this.settling);
    clearTimeout(this.searching);
    clearTimeout(this.searchAgain);
    CSS.highlights?.clear();
  }

  // The page was redrawn around the viewer: the run may have ended, another line may be in the address.
  sync() {
    if (this.wasGrowing && !this.isGrowing) {
      this.poll();
    }

    this.wasGrowing = this.isGrowing;
    this.showFollow();
  }

  listen() {
    const { signal } = this.closing;
    this.wasGrowing = this.isGrowing;
    this.view.addEventListener('scroll', () => this.scrolled(), { signal, passive: true });
    this.view.addEventListener('keydown', (event) => this.keyed(event), { signal });
    this.root.addEventListener('click', (event) => this.clicked(event), { signal });
    this.root.querySelector('.log-search').addEventListener('submit', (event) => {
      event.preventDefault();
      this.step(1);
    }, { signal });
    this.input.addEventListener('input', () => {
      clearTimeout(this.searching);
      this.searching = setTimeout(() => this.search(true), 180);
    }, { signal });
    this.input.addEventListener('keydown', (event) => {
      if (event.key === 'Enter' && event.shiftKey) {
        event.preventDefault();
        this.step(-1);
      } else if (event.key === 'Escape') {
        this.input.value = '';
        this.search(false);
        this.view.focus();
      }
    }, { signal });
    const resized = new ResizeObserver(() => this.resize());
    resized.observe(this.view);
    signal.addEventListener('abort', () => resized.disconnect());
  }

  async begin() {
    // With a line in the address, its window comes first; when following, the end does.
    const fromEnd = !this.picked && (this.follow || this.root.dataset.from === 'end');
    const first = this.picked ? Math.max(1, this.picked.from - 60) : fromEnd ? -windowSize : 1;
    await this.fetchLines(first, windowSize);
    this.loaded = true;
    if (this.picked) {
      this.reveal(this.picked.from);
    } else if (fromEnd) {
      this.toEnd();
    }

    this.draw();
    this.showFollow();
    if (this.pollAgain) {
      this.pollAgain = false;
      this.poll();
    }
  }

  // ---- lines

  get total() {
    return this.lines.total;
  }

  async fetchLines(first, count) {
    await this.lines.fetch(first, count);
    if (this.closing.signal.aborted) {
      return;
    }

    this.lines.forget(this.lineAtTop);
    this.measure();
    if (this.lines.fault) {
      setTimeout(() => this.total > 0 ? this.draw() : this.begin(), 2000);
    }
  }

  // ---- growth

  grown(growth) {
    if (String(growth.run) === this.root.dataset.run) {
      this.poll();
    }
  }

  async poll() {
    if (this.polling || !this.loaded) {
      this.pollAgain = true;
      return;
    }

    this.polling = true;
    const follows = this.follow;

    // The last line may have been without its end: it is read again. Who follows needs only the end.
    const before = this.total;
    await this.fetchLines(follows && before > 0 ? -windowSize : Math.max(1, before), windowSize);
    this.polling = false;
    if (this.closing.signal.aborted) {
      return;
    }

    if (follows && this.follow) {
      this.toEnd();
    }

    this.draw();
    if (this.input.value) {
      clearTimeout(this.searchAgain);
      this.searchAgain = setTimeout(() => this.search(false), 1500);
    }

    if (this.pollAgain) {
      this.pollAgain = false;
      this.poll();
    } else if (!this.isGrowing) {
      this.follow = false;
      this.showFollow();
    }
  }

  // ---- place

  get height() {
    return this.total * rowHeight + this.heights.extra + 12;
  }

  get lineAtTop() {
    return this.heights.lineAt(this.top, this.total);
  }

  // What is drawn is bounded even where a style leaves the view unbounded, as when the page is printed.
  get viewHeight() {
    return Math.min(this.view.clientHeight, 4000);
  }

  get furthest() {
    return Math.max(0, this.height - this.viewHeight);
  }

  get isScaled() {
    return this.height > tallest;
  }

  get scrollRange() {
    return Math.max(1, this.view.scrollHeight - this.view.clientHeight);
  }

  measure() {
    this.space.style.height = `${Math.min(this.height, tallest)}px`;
    this.root.style.setProperty('--lines', String(Math.min(Math.ceil(this.height / rowHeight), 1000)));
    this.view.style.setProperty('--digits', String(Math.max(3, String(this.total).length)));
  }

  resize() {
    if (this.isWrapping && this.view.clientWidth !== this.measuredWidth) {
      this.remeasure();
    }

    if (this.follow) {
      this.toEnd();
    }

    this.draw();
  }

  // Lines take other heights now: what stands at the top stays there.
  remeasure() {
    const line = this.lineAtTop;
    this.measuredWidth = this.view.clientWidth;
    this.heights.clear();
    for (const row of this.drawnRows.values()) {
      row.isMeasured = false;
    }

    this.measure();
    this.moveTo(this.heights.top(line));
  }

  scrolled() {
    const scroll = this.view.scrollTop;
    if (Math.abs(scroll - this.lastScroll) < 1) {
      return;
    }

    const moved = scroll - this.lastScroll;
    this.lastScroll = scroll;
    this.wanted = null;
    if (!this.isScaled) {
      this.top = scroll;
    } else if (Math.abs(moved) < this.viewHeight * 1.5) {
      this.top = Math.min(this.furthest, Math.max(0, this.top + moved));
    } else {
      this.top = scroll / this.scrollRange * this.furthest;
    }

    const atEnd = this.top >= this.furthest - rowHeight * 1.5;
    if (!atEnd && this.follow) {
      this.follow = false;
      this.showFollow();
    } else if (atEnd && !this.follow && this.isGrowing && moved > 0) {
      this.follow = true;
      this.showFollow();
    }

    this.drawSoon();
    if (this.isScaled) {
      clearTimeout(this.settling);
      this.settling = setTimeout(() => this.placeScrollbar(), 200);
    }
  }

  moveTo(top) {
    this.top = Math.min(this.furthest, Math.max(0, top));
    this.placeScrollbar();
  }

  placeScrollbar() {
    this.view.scrollTop = this.isScaled ? this.top / Math.max(1, this.furthest) * this.scrollRange : this.top;
    this.lastScroll = this.view.scrollTop;
  }

  toEnd() {
    this.moveTo(this.furthest);
    this.wanted = Infinity;
  }

  reveal(number) {
    const at = this.heights.top(number);
    this.wanted = null;
    if (at < this.top + rowHeight || at > this.top + this.viewHeight - 3 * rowHeight) {
      this.moveTo(at - this.viewHeight / 3);

      // Until the reader moves: lines above it that are measured now must not push it away.
      this.wanted = number;
    }
  }

  keyed(event) {
    if ((event.key === 'Home' || event.key === 'End') && !event.shiftKey) {
      event.preventDefault();
      this.wanted = null;
      event.key === 'Home' ? this.moveTo(0) : this.toEnd();
      this.follow = event.key === 'End' && this.isGrowing;
      this.showFollow();
      this.draw();
    }
  }

  // ---- drawing

  arrived() {
    if (!this.closing.signal.aborted) {
      this.lines.forget(this.lineAtTop);
      this.measure();
      this.drawSoon();
    }
  }

  drawSoon() {
    if (!this.frame) {
      this.frame = requestAnimationFrame(() => {
        this.frame = null;
        this.draw();
      });
    }
  }

  draw() {
    if (this.closing.signal.aborted) {
      return;
    }

    this.showMessage();
    if (this.heights.isFull) {
      this.remeasure();
    }

    const first = Math.max(1, this.lineAtTop - overscan);
    const last = Math.min(this.total, this.heights.lineAt(this.top + this.viewHeight, this.total) + overscan);
    for (const [number, row] of this.drawnRows) {
      if (number < first || number > last) {
        row.remove();
        this.drawnRows.delete(number);
      }
    }

    let before = null;
    for (let number = first; number <= last; number++) {
      let row = this.drawnRows.get(number);
      const line = this.lines.line(number);
      if (!row) {
        row = document.createElement('div');
        row.className = 'log-row';
        fill(row, number, line);
        this.drawnRows.set(number, row);
        before ? before.after(row) : this.rows.prepend(row);
      } else if (line && row.lineHtml !== line[0]) {
        fill(row, number, line);
        row.isMeasured = false;
      }

      this.mark(row, number);
      before = row;
    }

    if (this.isWrapping) {
      this.measureRows();
    }

    this.rows.style.transform = `translateY(${this.heights.top(first) - this.top + 6}px)`;
    if (last >= first) {
      this.lines.need(first, last, () => this.arrived());
    }

    this.highlight();
  }

  // What is drawn for the first time shows how much room it takes. Where that moves what is looked at, the place moves with it.
  measureRows() {
    const anchor = this.lineAtTop;
    let above = 0;
    let all = 0;
    for (const [number, row] of this.drawnRows) {
      if (!row.isMeasured && row.lineHtml !== undefined) {
        row.isMeasured = true;
        const more = this.heights.set(number, row.offsetHeight);
        all += Math.abs(more);
        above += number < anchor ? more : 0;
      }
    }

    if (all === 0) {
      return;
    }

    this.measure();
    if (this.follow || this.wanted === Infinity) {
      this.toEnd();
      this.drawSoon();
    } else if (this.wanted) {
      this.moveTo(this.heights.top(this.wanted) - this.viewHeight / 3);
      this.drawSoon();
    } else if (above !== 0) {
      this.moveTo(this.top + above);
    }
  }

  mark(row, number) {
    row.classList.toggle('picked', Boolean(this.picked) && number >= this.picked.from && number <= this.picked.to);
    row.classList.toggle('match', this.matchLines?.has(number) ?? false);
    row.classList.toggle('now', this.matches[this.match] === number);
  }

  showMessage() {
    let message = this.view.querySelector('.log-message');
    const text = this.lines.fault ? `The log could not be read: ${this.lines.fault}. Trying again…`
      : this.total > 0 ? null
        : !this.loaded ? 'Loading…'
          : this.isGrowing ? 'No output yet.' : 'No output.';
    if (!text) {
      message?.remove();
      return;
    }

    if (!message) {
      message = document.createElement('p');
      message.className = 'log-message';
      this.view.append(message);
    }

    message.textContent = text;
  }

  // Marks the text itself without touching the rows, where the browser can.
  highlight() {
    if (!CSS.highlights) {
      return;
    }

    const text = this.input.value.toLowerCase();
    const all = [];
    const now = [];
    if (text) {
      for (const [number, row] of this.drawnRows) {
        const target = this.matches[this.match] === number ? now : all;
        findText(row.querySelector('.x'), text, target);
      }
    }

    CSS.highlights.set('log-match', new Highlight(...all));
    CSS.highlights.set('log-now', new Highlight(...now));
  }

  // ---- search

  async search(move) {
    const text = this.input.value;
    this.asked = text;
    if (!text) {
      this.matches = [];
      this.matchLines = null;
      this.match = -1;
      this.found.textContent = '';
      this.found.classList.remove('none');
      this.draw();
      return;
    }

    // Whoever types on does not want the server to go on looking for less.
    this.searchOver?.abort();
    this.searchOver = new AbortController();
    let answer;
    try {
      answer = await this.lines.ask('search', { q: text }, AbortSignal.any([this.searchOver.signal, this.closing.signal]));
    } catch (error) {
      if (error.name !== 'AbortError') {
        this.found.textContent = 'failed';
      }

      return;
    }

    if (this.asked !== text || this.closing.signal.aborted) {
      return;
    }

    const was = this.matches[this.match];
    this.matches = answer.lines;
    this.matchLines = new Set(answer.lines);
    this.isComplete = answer.complete;
    const from = Math.floor(this.top / rowHeight) + 1;
    this.match = was && this.matchLines.has(was) ? this.matches.indexOf(was) : Math.max(0, this.matches.findIndex((line) => line >= from));
    if (this.matches.length === 0) {
      this.match = -1;
    } else if (move) {
      this.goToMatch();
    }

    this.showFound();
    this.draw();
  }

  step(by) {
    if (this.matches.length === 0) {
      return;
    }

    this.match = (this.match + by + this.matches.length) % this.matches.length;
    this.goToMatch();
    this.showFound();
    this.draw();
  }

  goToMatch() {
    this.follow = false;
    this.showFollow();
    this.reveal(this.matches[this.match]);
  }

  showFound() {
    const count = this.matches.length;
    this.found.textContent = count === 0 ? 'none' : `${this.match + 1} of ${count}${this.isComplete ? '' : '+'}`;
    this.found.classList.toggle('none', count === 0);
  }

  // ---- tools

  clicked(event) {
    const tool = event.target.closest('[data-log-do]');
    if (tool) {
      this.do(tool.dataset.logDo);
      return;
    }

    const number = event.target.closest('a.n');
    if (number && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      this.pick(Number(number.textContent), event.shiftKey);
    }
  }

  do(what) {
    switch (what) {
      case 'follow':
        this.follow = !this.follow;
        this.wanted = null;
        if (this.follow) {
          this.toEnd();
          this.draw();
        }

        this.showFollow();
        break;
      case 'times':
        this.showTimes(!this.view.classList.contains('with-times'));
        localStorage.setItem('slipway-times', this.view.classList.contains('with-times') ? 'on' : 'off');
        break;
      case 'wrap':
        this.showWrap(!this.isWrapping);
        localStorage.setItem('slipway-wrap', this.isWrapping ? 'on' : 'off');
        this.resize();
        break;
      case 'copy':
        this.copy();
        break;
      case 'previous':
        this.step(-1);
        break;
    }
  }

  pick(number, extend) {
    this.picked = extend && this.picked
      ? { from: Math.min(this.picked.from, number), to: Math.max(this.picked.from, number) }
      : this.picked?.from === number && this.picked.to === number ? null : { from: number, to: number };

    // The address names the step too: without it, another one may be chosen tomorrow.
    const url = new URL(location.href);
    for (const [name, value] of new URLSearchParams(this.root.dataset.pin ?? '')) {
      url.searchParams.set(name, value);
    }

    if (this.picked) {
      url.searchParams.set('line', this.picked.from === this.picked.to ? this.picked.from : `${this.picked.from}-${this.picked.to}`);
    } else {
      url.searchParams.delete('line');
    }

    history.replaceState(null, '', url);
    this.draw();
  }

  async copy() {
    try {
      if (this.picked) {
        const lines = [];
        for (let number = this.picked.from; number <= this.picked.to; number++) {
          const row = document.createElement('div');
          row.innerHTML = (this.lines.line(number) ?? [''])[0];
          lines.push(row.textContent);
        }

        await copyText(lines.join('\n') + '\n');
        toast(`Copied ${lines.length === 1 ? 'one line' : `${lines.length} lines`}.`);
        return;
      }

      if (this.lines.bytes > 10_000_000) {
        toast('This log is too large for the clipboard. Pick lines by their numbers, or take the raw log.', true);
        return;
      }

      const response = await fetch(new URL(this.root.dataset.raw, document.baseURI), { signal: this.closing.signal });
      await copyText(await response.text());
      toast('Copied the log.');
    } catch (error) {
      toast(`The log was not copied: ${error.message}`, true);
    }
  }

  showTimes(on) {
    this.view.classList.toggle('with-times', on);
    this.root.querySelector('[data-log-do=times]').setAttribute('aria-pressed', String(on));
    if (this.isWrapping) {
      this.remeasure();
      this.draw();
    }
  }

  get isWrapping() {
    return this.view.classList.contains('wrap');
  }

  showWrap(on) {
    this.view.classList.toggle('wrap', on);
    this.root.querySelector('[data-log-do=wrap]').setAttribute('aria-pressed', String(on));
    this.view.scrollLeft = 0;
    this.remeasure();
  }

  showFollow() {
    this.root.querySelector('[data-log-do=follow]').setAttribute('aria-pressed', String(this.follow));
  }
}

// As it was chosen last; before that, lines wrap where there is no room beside them.
function wrapsLines() {
  const chosen = localStorage.getItem('slipway-wrap');
  return chosen ? chosen === 'on' : matchMedia('(max-width: 760px)').matches;
}

function readPicked() {
  const match = /^(\d+)(?:-(\d+))?$/.exec(new URLSearchParams(location.search).get('line') ?? '');
  return match ? { from: Number(match[1]), to: Number(match[2] ?? match[1]) } : null;
}
