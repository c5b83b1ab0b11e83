/** `windowBatches` as `window-batches`. */
export function kebabCase(field: string): string {
  return field.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** The flag of a setting: `--window-batches`. */
export function flagOf(field: string): string {
  return `--${kebabCase(field)}`;
}

/** The environment variable of a setting: `LYCEUM_TRAINER_WINDOW_BATCHES`. */
export function environmentOf(service: string, field: string): string {
  return `LYCEUM_${service}_${kebabCase(field)}`.replaceAll('-', '_').toUpperCase();
}
