/** The flags that let a process load the packages of losses that this one may load. */
export function lossPackageArgs(packages: readonly string[]): string[] {
  return packages.flatMap((name) => ['--loss-packages', name]);
}
