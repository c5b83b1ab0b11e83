import cliProgress from 'cli-progress';
import type { OnProgress } from './progress.js';

export interface ProvisionPrinter {
  readonly print: OnProgress;
  /** Ends a bar that is still on the screen. */
  done(): void;
}

/** Shows provisioning: bars with rate and time left on a terminal, one line for each phase otherwise. */
export function provisionPrinter(stream: NodeJS.WriteStream): ProvisionPrinter {
  let last = '';
  let bar: cliProgress.SingleBar | undefined;
  const done = (): void => {
    bar?.stop();
    bar = undefined;
  };
  return {
    done,
    print({ variant, phase, text, doneBytes, totalBytes }) {
      const line = `${variant}: ${phase}: ${text}`;
      if (doneBytes === undefined || totalBytes === undefined) {
        done();
        if (line !== last) stream.write(`${line}\n`);
        last = line;
      } else if (stream.isTTY) {
        bar ??= startBar(stream, `${variant}: ${phase}`, totalBytes);
        bar.update(Math.round(Math.min(doneBytes, totalBytes) / 1e6));
      }
    },
  };
}

function startBar(stream: NodeJS.WriteStream, title: string, totalBytes: number): cliProgress.SingleBar {
  const format = `${title} {bar} {percentage}% | {value}/{total} MB | {speed} | {eta_formatted} left`;
  const bar = new cliProgress.SingleBar({ stream, format, hideCursor: true, clearOnComplete: true });
  bar.start(Math.max(1, Math.round(totalBytes / 1e6)), 0);
  return bar;
}
