// Where each line of a log stands, in pixels. Every line is one row high until it was drawn wrapped and measured: only the lines that take more room are kept, so that a log of ten
// million lines costs what was looked at.

export const rowHeight = 20;
const mostKept = 20_000;

export class LineHeights {
  constructor() {
    this.clear();
  }

  clear() {
    this.extras = new Map();
    this.sums = null;
  }

  // Says what a line takes; returns by how much more it is than was thought.
  set(line, height) {
    const extra = Math.max(0, height - rowHeight);
    const more = extra - (this.extras.get(line) ?? 0);
    if (more === 0) {
      return 0;
    }

    if (extra === 0) {
      this.extras.delete(line);
    } else {
      this.extras.set(line, extra);
    }

    this.sums = null;
    return more;
  }

  get isFull() {
    return this.extras.size > mostKept;
  }

  get extra() {
    const { totals } = this.counted();
    return totals.length === 0 ? 0 : totals.at(-1);
  }

  // The upper edge of a line; of the line behind the last one, it is the end.
  top(line) {
    const { lines, totals } = this.counted();
    let low = 0;
    let high = lines.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (lines[middle] < line) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }

    return (line - 1) * rowHeight + (low === 0 ? 0 : totals[low - 1]);
  }

  // The line at a height, of so many.
  lineAt(y, total) {
    if (this.extras.size === 0) {
      return Math.min(Math.max(1, total), Math.max(1, Math.floor(y / rowHeight) + 1));
    }

    let low = 1;
    let high = Math.max(1, total);
    while (low < high) {
      const middle = Math.ceil((low + high) / 2);
      if (this.top(middle) <= y) {
        low = middle;
      } else {
        high = middle - 1;
      }
    }

    return low;
  }

  counted() {
    if (!this.sums) {
      const lines = [...this.extras.keys()].sort((a, b) => a - b);
      let sum = 0;
      this.sums = { lines, totals: lines.map((line) => sum += this.extras.get(line)) };
    }

    return this.sums;
  }
}
