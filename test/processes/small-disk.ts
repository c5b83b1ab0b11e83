import { spawnSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A file system of a few megabytes, which a test can fill and free. */
export class SmallDisk implements Disposable {
  private constructor(private readonly folder: string) {}

  /** Mounts one on a folder, or says why that is not allowed here. */
  static mount(folder: string, kilobytes: number): SmallDisk | { readonly missing: string } {
    mkdirSync(folder, { recursive: true });
    const args = ['-t', 'tmpfs', '-o', `size=${kilobytes}k`, 'tmpfs', folder];
    const { status, stderr, error } = spawnSync('mount', args, { encoding: 'utf8' });
    if (status === 0) return new SmallDisk(folder);
    const missing = `no file system may be mounted here: ${error?.message ?? stderr.trim()}`;
    console.warn(`SKIPPED: ${missing}`);
    return { missing };
  }

  /** Takes all the room that is left. */
  fill(): void {
    const file = openSync(this.ballast, 'w');
    try {
      const block = Buffer.alloc(4096);
      while (writeSync(file, block) === block.length);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error;
    } finally {
      closeSync(file);
    }
  }

  /** Gives it back. */
  free(): void {
    rmSync(this.ballast);
  }

  private get ballast(): string {
    return join(this.folder, 'ballast');
  }

  [Symbol.dispose](): void {
    spawnSync('umount', ['--lazy', this.folder]);
  }
}
