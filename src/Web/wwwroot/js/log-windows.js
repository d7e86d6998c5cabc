// The windows of lines that the log viewer holds: what is around the reader, never the log.

export const windowSize = 200;
const mostWindows = 40;

export class LogWindows {
  constructor(run, node, signal) {
    this.address = node ? { run, node } : { run };
    this.signal = signal;
    this.windows = new Map();
    this.loading = new Set();
    this.total = 0;
    this.bytes = 0;
    this.fault = null;
  }

  line(number) {
    return this.windows.get(indexOf(number))?.[(number - 1) % windowSize];
  }

  // Lines from a number; a negative one counts from the end.
  async fetch(first, count) {
    try {
      const answer = await this.ask('lines', { first, count }, this.signal);
      this.take(answer);
      this.fault = null;
    } catch (error) {
      if (!this.signal.aborted) {
        this.fault = error.message;
      }
    }
  }

  // Fetches what of these lines is not here yet, once; says when something came.
  need(first, last, arrived) {
    for (let index = indexOf(first); index <= indexOf(last); index++) {
      const start = index * windowSize + 1;
      const end = Math.min(start + windowSize - 1, this.total);
      if (this.loading.has(index) || this.holds(Math.max(first, start), Math.min(last, end))) {
        continue;
      }

      this.loading.add(index);
      this.fetch(start, windowSize).finally(() => {
        this.loading.delete(index);
        arrived();
      });
    }
  }

  async ask(what, parameters, signal) {
    const query = new URLSearchParams({ ...this.address, ...parameters });
    const response = await fetch(new URL(`ui/log/${what}?${query}`, document.baseURI), { signal });
    if (!response.ok) {
      throw new Error(`the server answered ${response.status}`);
    }

    return response.json();
  }

  // Keeps the windows around the reader.
  forget(here) {
    if (this.windows.size > mostWindows) {
      const far = [...this.windows.keys()].sort((a, b) => Math.abs(b - indexOf(here)) - Math.abs(a - indexOf(here)));
      far.slice(0, this.windows.size - mostWindows).forEach((index) => this.windows.delete(index));
    }
  }

  take(answer) {
    this.total = answer.total;
    this.bytes = answer.bytes;
    answer.lines.forEach((line, at) => {
      const number = answer.first + at;
      const index = indexOf(number);
      if (!this.windows.has(index)) {
        this.windows.set(index, []);
      }

      this.windows.get(index)[(number - 1) % windowSize] = line;
    });
  }

  holds(first, last) {
    for (let number = first; number <= last; number++) {
      if (!this.line(number)) {
        return false;
      }
    }

    return true;
  }
}

function indexOf(number) {
  return Math.floor((number - 1) / windowSize);
}
