// Numbers, times and names as people read them.

/** What shows nothing, looks like a space and is none, or has the rest shown in another order; `output/text.rs` says why. */
const HIDDEN = /[\u{0}-\u{1f}\u{7f}-\u{a0}\u{ad}\u{34f}\u{61c}\u{115f}-\u{1160}\u{1680}\u{17b4}-\u{17b5}\u{180b}-\u{180f}\u{2000}-\u{200f}\u{2028}-\u{202f}\u{205f}-\u{206f}\u{2800}\u{3000}\u{3164}\u{fe00}-\u{fe0f}\u{feff}\u{ffa0}\u{fff0}-\u{fffb}\u{1bca0}-\u{1bca3}\u{1d173}-\u{1d17a}\u{e0000}-\u{e0fff}]/gu;

/** `text` with what is hidden in it spelled out, as `hscb ls` does: names come from files. */
export function plain(text) {
  return String(text).replace(HIDDEN, (c) => `\\u{${c.codePointAt(0).toString(16)}}`);
}

/** A rate per second: `0`, `0.3`, `12`, `1.2k`. */
export function rate(perSecond) {
  if (!(perSecond > 0)) return '0';
  if (perSecond < 0.1) return '<0.1';
  if (perSecond < 9.95) return perSecond.toFixed(1);
  return count(Math.round(perSecond));
}

/** A number of things: `950`, `1.2k`, `3.4M`. */
export function count(n) {
  if (n < 1000) return String(Math.round(n));
  for (const [size, letter] of [[1e9, 'G'], [1e6, 'M'], [1e3, 'k']]) {
    if (n >= size) return (n / size).toFixed(n / size < 9.95 ? 1 : 0) + letter;
  }
  return String(n);
}

/** All digits of a number, in groups. */
export function digits(n) {
  return n.toLocaleString('en').replaceAll(',', '\u202f');
}

/** A share from 0 to 1. */
export function percent(share) {
  if (!(share > 0)) return '0 %';
  const percents = share * 100;
  return `${percents < 9.95 ? percents.toFixed(1) : Math.round(percents)} %`;
}

/** A latency, as `hscb ls` writes it, or that there is none. */
export function latency(ms) {
  if (ms === null || ms === undefined) return '–';
  if (ms < 9.95) return `${ms ? ms.toFixed(1) : 0}ms`;
  if (ms < 999.5) return `${Math.round(ms)}ms`;
  return ms < 59_500 ? `${(ms / 1000).toFixed(ms < 9950 ? 1 : 0)}s` : span(ms);
}

/** A time span in its two greatest units: `1.5 s`, `2 m 10 s`, `3 h 4 m`, `1 d 1 h`. */
export function span(ms) {
  const s = ms / 1000;
  if (s < 9.95) return `${s.toFixed(1)} s`;
  if (s < 59.5) return `${Math.round(s)} s`;
  const whole = Math.round(s);
  if (whole < 3600) return `${Math.floor(whole / 60)} m ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor(whole / 60) % 60} m`;
  return `${Math.floor(whole / 86_400)} d ${Math.floor(whole / 3600) % 24} h`;
}

/** What is left, in digits that do not jump: `9.4 s`, `42 s`, `2:05`, `1:02:05`. */
export function countdown(ms) {
  if (ms < 10_000) return `${(Math.ceil(ms / 100) / 10).toFixed(1)} s`;
  const s = Math.ceil(ms / 1000);
  if (s < 100) return `${s} s`;
  const two = (n) => String(n).padStart(2, '0');
  const hours = Math.floor(s / 3600);
  const rest = `${hours ? two(Math.floor(s / 60) % 60) : Math.floor(s / 60)}:${two(s % 60)}`;
  return hours ? `${hours}:${rest}` : rest;
}

const TIME = new Intl.DateTimeFormat(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' });
const DATE = new Intl.DateTimeFormat(undefined, { month: 'short', day: 'numeric' });

/** A moment, given in UTC, on this reader's clock; with the date if it is not today's. */
export function clock(at) {
  const then = new Date(at);
  if (Number.isNaN(then.getTime())) return '';
  const isToday = then.toDateString() === new Date().toDateString();
  return isToday ? TIME.format(then) : `${DATE.format(then)}, ${TIME.format(then)}`;
}
