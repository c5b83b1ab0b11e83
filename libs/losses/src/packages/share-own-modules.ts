import { register } from 'node:module';

let shared = false;

/** From now on packages that import `@lyceum/losses` or `@lyceum/engine` get the ones of this process. */
export function shareOwnModules(): void {
  if (shared) return;
  shared = true;
  const own = {
    '@lyceum/losses': new URL('../index.js', import.meta.url).href,
    '@lyceum/engine': import.meta.resolve('@lyceum/engine'),
  };
  register('./own-modules-hook.js', import.meta.url, { data: own });
}
