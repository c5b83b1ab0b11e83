import { readdirSync, readFileSync } from 'node:fs';
import { basename, dirname } from 'node:path';

/** A process of this machine, as `ps` would show it. */
export interface ProcessEntry {
  readonly pid: number;
  readonly parent: number;
  /** Program and arguments. */
  readonly command: readonly string[];
}

/** The processes that a process has started, and those that they have, at this moment. */
export function descendantsOf(pid: number): ProcessEntry[] {
  const all = processes();
  const found: ProcessEntry[] = [];
  const parents = new Set([pid]);
  // Whoever was started later usually, but not always, comes later.
  for (let before = -1; before !== found.length;) {
    before = found.length;
    for (const entry of all) {
      if (!parents.has(entry.parent) || parents.has(entry.pid)) continue;
      parents.add(entry.pid);
      found.push(entry);
    }
  }
  return found;
}

/** The name of the service that a process is, such as `student-trainer`; undefined when it is none. */
export function serviceOf({ command }: ProcessEntry): string | undefined {
  const entry = command.find((word) => word.endsWith('/dist/main.js') && word.includes('/services/'));
  return entry === undefined ? undefined : basename(dirname(dirname(entry)));
}

/** The value of a flag of a process. */
export function flagOf({ command }: ProcessEntry, flag: string): string {
  const at = command.indexOf(`--${flag}`);
  const value = at < 0 ? undefined : command[at + 1];
  if (value === undefined) throw new Error(`no --${flag} in ${command.join(' ')}`);
  return value;
}

/** Whether a process exists that is not only waiting to be buried. */
export function isAlive(pid: number): boolean {
  return processes().some((entry) => entry.pid === pid);
}

function processes(): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
        const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
        if (state === 'Z') return [];
        const command = readFileSync(`/proc/${name}/cmdline`, 'utf8').split('\0').slice(0, -1);
        return [{ pid: Number(name), parent: Number(parent), command }];
      } catch {
        return []; // gone in the meantime
      }
    });
}
