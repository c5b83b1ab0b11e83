#!/usr/bin/env node
// Gives the installed native packages their TensorFlow; the work is done by libs/engine, which must be built.
import { parseArgs } from 'node:util';

const usage = `Usage: node scripts/provision.mjs [options]

Puts a native TensorFlow under @tensorflow/tfjs-node, and under @tensorflow/tfjs-node-gpu where there is a GPU.
Fast when nothing is to be done: what was made once is kept in the cache (LYCEUM_CACHE_DIR, else ~/.cache/lyceum).

Options:
  --variant auto|cpu|gpu|both  what to provision; auto: cpu, and gpu where there is an NVIDIA device (default: auto)
  --from official|wheel        only this source (default: the official installer where it suits, else the PyPI wheel)
  --force                      build anew, whatever is in place
  --required                   exit with code 1 when it does not work; without it, a warning and the slow engine remain
  --json                       print the results as one line of JSON
  --help                       this text
`;

const { values } = parseArgs({
  options: {
    variant: { type: 'string', default: 'auto' },
    from: { type: 'string' },
    force: { type: 'boolean', default: false },
    required: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(usage);
  process.exit(0);
}
const engine = await import('../libs/engine/dist/index.js').catch((error) => {
  process.stderr.write(`error: libs/engine is not built (${error.message}); run "npm run build" first\n`);
  process.exit(1);
});
const { provisionEngine, provisionPrinter, nvidiaDevice } = engine;
const variants = {
  auto: nvidiaDevice() === undefined ? ['cpu'] : ['cpu', 'gpu'],
  cpu: ['cpu'],
  gpu: ['gpu'],
  both: ['cpu', 'gpu'],
}[values.variant];
if (variants === undefined || ![undefined, 'official', 'wheel'].includes(values.from)) {
  process.stderr.write(usage);
  process.exit(2);
}

const results = [];
let failed = false;
for (const variant of variants) {
  const printer = provisionPrinter(process.stderr);
  try {
    const result = await provisionEngine({
      variant,
      from: values.from,
      force: values.force,
      onProgress: printer.print,
    });
    printer.done();
    results.push(result);
    const { tensorflowVersion, device, threads } = result.smoke.engine;
    const how = { place: 'in place', cache: 'from the cache' }[result.source] ?? `from the ${result.source}`;
    process.stderr.write(
      `${variant}: TensorFlow ${tensorflowVersion} ${how}, on ${device}, ${threads} threads\n`,
    );
  } catch (error) {
    printer.done();
    failed = true;
    process.stderr.write(`${'='.repeat(78)}\nWARNING: ${error.message}\n${'='.repeat(78)}\n`);
    if (variant === 'cpu') {
      process.stderr.write(
        'Lyceum still runs, on WebAssembly or plain JavaScript, and is many times slower.\n',
      );
    }
  }
}
if (values.json) process.stdout.write(`${JSON.stringify(results)}\n`);
process.exitCode = failed && values.required ? 1 : 0;
