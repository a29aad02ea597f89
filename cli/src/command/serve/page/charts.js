// The charts of one breaker. uPlot is loaded when the first one is looked at.

import { make, say } from './dom.js';
import { latency, rate } from './format.js';
import { state } from './states.js';

const HEIGHT = 150;

let loading = null;

/** uPlot, which is a script of the old kind. */
function plotter() {
  loading ??= new Promise((resolve, reject) => {
    document.head.append(make('link', { rel: 'stylesheet', href: '/assets/uplot.css' }));
    document.head.append(make('script', { src: '/assets/uplot.js', onload: () => resolve(globalThis.uPlot), onerror: () => reject(new Error('uPlot is not there')) }));
  });
  return loading;
}

const CALLS = { title: 'Calls per second', unit: rate, lines: [['calls', 'calls', '--chart-calls'], ['failures', 'failed', '--chart-failures'], ['rejected', 'rejected', '--chart-rejected', [6, 4]]] };
const LATENCY = { title: 'Latency, 95th percentile', unit: latency, lines: [['p95_ms', 'p95', '--chart-latency']] };

export class Charts {
  #charts;
  #trail = null;
  #watch;

  constructor(box) {
    this.#charts = [CALLS, LATENCY].map((kind) => new Chart(kind));
    box.replaceChildren(...this.#charts.map((chart) => chart.element));
    this.#watch = new ResizeObserver(() => this.#charts.forEach((chart) => chart.resize()));
    this.#watch.observe(box);
  }

  /** Shows a trail, as `/api/breakers/SEGMENT/NAME` has it. */
  async show(trail) {
    this.#trail = trail;
    const uPlot = await plotter().catch(() => null);
    this.#charts.forEach((chart) => chart.show(uPlot, this.#trail));
  }

  /** Says why there is nothing new. */
  fail(message) {
    this.#charts.forEach((chart) => chart.fail(message));
  }

  repaint() {
    this.#charts.forEach((chart) => chart.drop());
    if (this.#trail) this.show(this.#trail);
  }

  end() {
    this.#watch.disconnect();
    this.#charts.forEach((chart) => chart.drop());
  }
}

class Chart {
  #kind;
  #plot = null;
  #modes = [];
  #canvas = make('div', { class: 'plot', role: 'img' });
  #values;
  #note = make('p', { class: 'fine' });

  constructor(kind) {
    this.#kind = kind;
    this.#values = kind.lines.map(([field]) => [field, make('b')]);
    const key = kind.lines.map(([field, word], i) => make('span', { class: `of ${field}` }, make('i', { 'aria-hidden': 'true' }), `${word} `, this.#values[i][1]));
    this.element = make('figure', {}, make('figcaption', {}, make('h3', { text: kind.title }), make('span', { class: 'key' }, ...key)), this.#canvas, this.#note);
  }

  show(uPlot, trail) {
    const columns = this.#kind.lines.map(([field]) => trail[field]);
    this.#modes = trail.mode;
    this.#describe(trail.ago_ms, columns);
    if (!uPlot) return this.fail('The charts could not be loaded.');
    const now = Date.now();
    const data = [trail.ago_ms.map((ago) => (now - ago) / 1000), ...columns.map((values, i) => (i === 2 && !values.some(Boolean) ? values.map(() => null) : values))];
    say(this.#note, columns.every((values) => values.every((value) => value === null)) ? 'Nothing to show in this time.' : '');
    if (this.#plot) this.#plot.setData(data);
    else this.#plot = new uPlot(this.#options(uPlot), data, this.#canvas);
  }

  fail(message) {
    say(this.#note, message);
  }

  resize() {
    this.#plot?.setSize({ width: this.#canvas.clientWidth, height: HEIGHT });
  }

  drop() {
    this.#plot?.destroy();
    this.#plot = null;
  }

  /** What the chart shows, for those who do not see it. */
  #describe(ago, columns) {
    const { unit, title, lines } = this.#kind;
    const parts = lines.map(([, word], i) => {
      const values = columns[i].filter((value) => value !== null);
      const now = columns[i].at(-1);
      say(this.#values[i][1], now === undefined ? '' : unit(now));
      return values.length ? `${word} now ${unit(now)}, at most ${unit(Math.max(...values))}` : `no ${word}`;
    });
    const modes = [...new Set(this.#modes)].map((mode) => state(mode).word).join(', ');
    this.#canvas.setAttribute('aria-label', `${title}, the last ${Math.round((ago[0] ?? 0) / 1000)} seconds: ${parts.join('; ')}. It was ${modes || 'not yet looked at'}.`);
  }

  #options() {
    const style = getComputedStyle(this.#canvas);
    const colour = (name) => style.getPropertyValue(name).trim();
    const { unit, lines } = this.#kind;
    const grid = { stroke: colour('--line'), width: 1 };
    const font = `${Math.round(parseFloat(style.fontSize) * 0.75)}px system-ui, sans-serif`;
    const axis = { stroke: colour('--muted'), font, grid, ticks: { show: false } };
    return {
      width: this.#canvas.clientWidth, height: HEIGHT,
      padding: [8, 30, 0, 0],
      legend: { show: false },
      cursor: { y: false, points: { size: 6 }, drag: { x: false, y: false } },
      scales: { y: { range: (_, __, most) => [0, most > 0 ? most * 1.1 : 1] } },
      series: [{}, ...lines.map(([, label, name, dash], i) => ({
        label, dash, stroke: colour(name), width: 1.5, points: { show: true, size: 4, fill: colour(name), filter: alone },
        fill: i === 0 && lines.length > 1 ? colour('--chart-area') : i === 1 ? colour(name) : undefined,
      }))],
      axes: [
        { ...axis, space: 90, size: 26, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString(undefined, { minute: '2-digit', second: '2-digit', hour: '2-digit', hourCycle: 'h23' })) },
        { ...axis, size: 62, space: 32, values: (_, ticks) => ticks.map((tick) => unit(tick)) },
      ],
      hooks: { drawClear: [(plot) => this.#bands(plot, colour)] },
    };
  }

  /** The modes behind the lines: where it was not closed, the ground has that mode's colour. */
  #bands(plot, colour) {
    const [times] = plot.data;
    const { ctx, bbox } = plot;
    ctx.save();
    ctx.globalAlpha = 0.16;
    for (let i = 1, from = 0; i < times.length; i += 1) {
      if (i + 1 < times.length && this.#modes[i + 1] === this.#modes[i]) continue;
      const [left, right] = [from, i].map((at) => plot.valToPos(times[at], 'x', true));
      ctx.fillStyle = this.#modes[i] === 'closed' ? 'transparent' : colour(`--band-${this.#modes[i]}`);
      ctx.fillRect(left, bbox.top, right - left, bbox.height);
      from = i;
    }
    ctx.restore();
  }
}

/** The points that no line leads to. */
function alone(plot, series) {
  const values = plot.data[series];
  return values.flatMap((value, i) => (value !== null && (values[i - 1] ?? null) === null && (values[i + 1] ?? null) === null ? [i] : []));
}
