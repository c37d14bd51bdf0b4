// Lines over a logarithmic axis, as an SVG text: nothing but this file is needed to draw one. Colours
// follow the reader's light or dark page; each line ends in its name.

export interface Point {
  readonly x: number;
  readonly y: number;
  /** The spread of the rounds. */
  readonly least: number;
  readonly most: number;
}

export interface Line {
  readonly name: string;
  readonly points: readonly Point[];
}

export interface Plot {
  readonly title: string;
  /** A second line below the title; empty where there is nothing more to say. */
  readonly subtitle: string;
  readonly xLabel: string;
  readonly yLabel: string;
  readonly lines: readonly Line[];
}

const frame = { left: 64, top: 66, bottom: 52 };
const plotWidth = 526;
const plotHeight = 340;
const height = frame.top + plotHeight + frame.bottom;

/** Between the plot and the texts of its lines: a short piece of each line. */
const beforeNames = 34;
/** Of a letter at most, on average; of the title, which is larger, and of all other texts. */
const letterWidths = { title: 9, text: 7.5 };

/** Of similar contrast on white and on black, and told apart by most eyes; dashes help the others. */
const colours = ['#0072b2', '#d55e00', '#009e73', '#cc79a7', '#b8860b', '#56b4e9'];
const dashes = ['', '6 3', '2 3', '8 3 2 3', '1 2', '12 4'];

const style = `
  text { font: 13px system-ui, sans-serif; fill: #1f2328; }
  .title { font-size: 15px; font-weight: 600; }
  .page { fill: #ffffff; }
  .grid { stroke: #d1d9e0; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    .page { fill: #0d1117; }
    .grid { stroke: #30363d; }
  }`;

/** Throws `Error` where there is nothing to draw. */
export function linePlot({ title, subtitle, xLabel, yLabel, lines: all }: Plot): string {
  const lines = all
    .map((line, index) => ({
      ...line,
      colour: colours[index % colours.length]!,
      dash: dashes[index % dashes.length]!,
    }))
    .filter((line) => line.points.length > 0);
  const points = lines.flatMap((line) => line.points);
  if (points.length === 0) throw new Error('a plot needs a point');
  const xs = [...new Set(points.map(({ x }) => x))].sort((a, b) => a - b);
  const largest = Math.max(...points.map(({ most }) => most)) || 1; // an axis, even if all are zero
  const step = niceStep(largest / 5);
  const top = step * Math.ceil(largest / step);
  const [first, last] = [Math.log2(xs[0]!), Math.log2(xs.at(-1)!)];
  const across = (x: number) =>
    frame.left + (plotWidth * (Math.log2(x) - first)) / (last - first || 1);
  const up = (y: number) => frame.top + plotHeight * (1 - y / top);
  const letters = (texts: readonly string[]) => Math.max(...texts.map(({ length }) => length));
  const width = Math.ceil(
    frame.left +
      Math.max(
        plotWidth + beforeNames + letterWidths.text * letters(lines.map(({ name }) => name)),
        letterWidths.title * title.length,
        letterWidths.text * subtitle.length,
      ) +
      8,
  );

  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" role="img">`,
    `<title>${escaped(title)}</title><style>${style}\n</style>`,
    `<rect class="page" width="${width}" height="${height}"/>`,
    text(frame.left, 26, 'start', title, 'title'),
    text(frame.left, 46, 'start', subtitle),
  ];
  for (let y = 0; y <= top + step / 2; y += step) {
    const place = round(up(y));
    parts.push(`<path class="grid" d="M${frame.left} ${place}H${frame.left + plotWidth}"/>`);
    parts.push(text(frame.left - 8, place + 4, 'end', String(Number(y.toPrecision(6)))));
  }
  for (const x of xs) {
    parts.push(text(round(across(x)), frame.top + plotHeight + 20, 'middle', String(x)));
  }
  parts.push(text(frame.left + plotWidth / 2, height - 12, 'middle', xLabel));
  const middle = frame.top + plotHeight / 2;
  parts.push(`<g transform="rotate(-90 16 ${middle})">${text(16, middle, 'middle', yLabel)}</g>`);
  const names = spreadOut(lines.map((line) => up(line.points.at(-1)!.y)));
  lines.forEach((line, index) => {
    const places = line.points.map(({ x, y }) => `${round(across(x))} ${round(up(y))}`);
    const { colour, dash } = line;
    parts.push(`<g stroke="${colour}" fill="none" stroke-width="2">`);
    parts.push(`<path d="M${places.join('L')}"${dash ? ` stroke-dasharray="${dash}"` : ''}/>`);
    for (const { x, y, least, most } of line.points) {
      parts.push(`<path d="M${round(across(x))} ${round(up(least))}V${round(up(most))}"/>`);
      parts.push(`<circle cx="${round(across(x))}" cy="${round(up(y))}" r="3"/>`);
    }
    parts.push('</g>');
    const place = frame.left + plotWidth + 12;
    parts.push(
      `<path d="M${place} ${round(names[index]!)}h16" stroke="${colour}" stroke-width="2"` +
        `${dash ? ` stroke-dasharray="${dash}"` : ''}/>`,
      text(frame.left + plotWidth + beforeNames, round(names[index]! + 4), 'start', line.name),
    );
  });
  return `${[...parts, '</svg>'].join('\n')}\n`;
}

/** 1, 2 or 5 times a power of ten, not under `least`, which is positive. */
function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= least)!;
}

/** Moves heights apart, so that no two names stand on one another, and none leaves the plot. */
function spreadOut(heights: readonly number[]): number[] {
  const apart = Math.min(18, plotHeight / heights.length);
  const order = heights.map((_, index) => index).sort((a, b) => heights[a]! - heights[b]!);
  const moved = [...heights];
  let above = frame.top - apart;
  for (const index of order) {
    moved[index] = Math.max(moved[index]!, above + apart);
    above = moved[index]!;
  }
  let below = frame.top + plotHeight + apart;
  for (const index of order.reverse()) {
    moved[index] = Math.min(moved[index]!, below - apart);
    below = moved[index]!;
  }
  return moved;
}

function text(x: number, y: number, anchor: string, content: string, name = ''): string {
  const className = name === '' ? '' : ` class="${name}"`;
  return `<text x="${x}" y="${y}" text-anchor="${anchor}"${className}>${escaped(content)}</text>`;
}

const round = (value: number) => Number(value.toFixed(1));

function escaped(content: string): string {
  return content.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
