/** Lets losses of packages be named, `package#loss`. */
export const lossPackagesOption = [
  '--loss-packages <list>',
  'packages of losses, names or ./folders, whose code you trust to run here',
] as const;

/** The packages of the option's text. */
export function splitPackages(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
}
