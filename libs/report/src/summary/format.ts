/** Between a number and its unit, so that they stay on one line. */
const nbsp = '\u00a0';

const grouped = new Intl.NumberFormat('en-US');

/** 11174 as "11,174". */
export const count = (value: number): string => grouped.format(value);

/** 0.8251 as "82.51 %". */
export const percent = (share: number, digits = 2): string => `${(100 * share).toFixed(digits)}${nbsp}%`;

/** 1.05 as "+1.05", -0.3 as "−0.30". */
export function signed(value: number, digits = 2): string {
  const size = Math.abs(value).toFixed(digits);
  if (Number(size) === 0) return size;
  return `${value < 0 ? '\u2212' : '+'}${size}`;
}

/** 1536 as "1.54 kB": decimal units, three digits. */
export function bytes(value: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];
  const power = value < 1000 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(value) / 3));
  const scaled = value / 1000 ** power;
  const digits = power === 0 ? 0 : scaled < 10 ? 2 : scaled < 100 ? 1 : 0;
  return `${scaled.toFixed(digits)}${nbsp}${units[power]}`;
}

/** 26700000 as "26.7 M". */
export const millions = (value: number): string => `${(value / 1e6).toPrecision(3)}${nbsp}M`;

/** 185000 as "3 min 05 s". */
export function duration(milliseconds: number): string {
  const seconds = milliseconds / 1000;
  if (seconds < 9.95) return `${seconds.toFixed(1)}${nbsp}s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole}${nbsp}s`;
  const two = (value: number) => String(value).padStart(2, '0');
  if (whole < 3600) return `${Math.floor(whole / 60)}${nbsp}min ${two(whole % 60)}${nbsp}s`;
  return `${Math.floor(whole / 3600)}${nbsp}h ${two(Math.floor((whole % 3600) / 60))}${nbsp}min`;
}

/** How many times smaller than the teacher: 35.12 as "35.1 ×". */
export const times = (ratio: number): string => `${ratio.toFixed(ratio < 100 ? 1 : 0)}${nbsp}×`;

/** 0.0123 as "0.012", anything below one in a thousand as "< 0.001". */
export function probability(p: number): string {
  if (p < 0.001) return `<${nbsp}0.001`;
  return p >= 0.995 ? '1' : p.toPrecision(p < 0.1 ? 2 : 2);
}

/** A curve's value: enough digits to tell neighbours apart. */
export function figure(value: number): string {
  if (!Number.isFinite(value)) return 'not finite';
  const size = Math.abs(value);
  if (size !== 0 && (size < 0.001 || size >= 1e6)) return value.toExponential(2);
  return value.toFixed(size < 10 ? 3 : size < 1000 ? 1 : 0);
}

/** 2 as "2 steps", 1 as "1 step". */
export const plural = (value: number, noun: string): string =>
  `${count(value)}${nbsp}${noun}${value === 1 ? '' : 's'}`;

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  if (items.length < 2) return items.join('');
  return `${items.slice(0, -1).join(', ')} and ${items[items.length - 1]}`;
}

/** The same text with the characters that every terminal has. */
export const plain = (text: string): string =>
  text.replaceAll(nbsp, ' ').replaceAll('\u2212', '-').replaceAll('×', 'x');
