// Making elements. Text is always text: nothing here reads HTML.

import { state } from './states.js';

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {string} tag
 * @param {Record<string, unknown>} [given] `class`, `text`, `on<event>`, or attributes; `null` and `false` leave one out
 * @param {...(Node | string | null)} inside
 */
export function make(tag, given = {}, ...inside) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(given)) {
    if (value === null || value === false || value === undefined) continue;
    if (name === 'text') element.textContent = String(value);
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? '' : String(value));
  }
  element.append(...inside.filter((one) => one !== null));
  return element;
}

/** The shape of a mode. */
export function glyph(mode) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '-12 -12 24 24');
  svg.setAttribute('class', 'glyph');
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', state(mode).path);
  svg.append(path);
  return svg;
}

/** Sets text where it differs: what is the same needs no layout. */
export function say(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

export const $ = (id) => document.getElementById(id);

/** Whether the reader asked for little motion. */
export const still = () => matchMedia('(prefers-reduced-motion: reduce)').matches;
