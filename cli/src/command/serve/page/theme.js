// Dark or light: as the system says, or as the reader chose.

import { $, say } from './dom.js';

const KEY = 'hscb-theme';
const WORDS = { '': 'Theme: auto', dark: 'Theme: dark', light: 'Theme: light' };
const CHOICES = Object.keys(WORDS);

/** Begins with what was chosen; `changed` is called after each change, the system's too. */
export function theme(changed) {
  const apply = (choice) => {
    if (choice) document.documentElement.dataset.theme = choice;
    else delete document.documentElement.dataset.theme;
    say($('theme'), WORDS[choice]);
    changed();
  };
  let now = localStorage.getItem(KEY) ?? '';
  if (!CHOICES.includes(now)) now = '';
  apply(now);
  $('theme').addEventListener('click', () => {
    now = CHOICES[(CHOICES.indexOf(now) + 1) % CHOICES.length];
    if (now) localStorage.setItem(KEY, now);
    else localStorage.removeItem(KEY);
    apply(now);
  });
  matchMedia('(prefers-color-scheme: light)').addEventListener('change', changed);
}
