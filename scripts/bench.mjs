// Prints what distilling costs, as ratios measured side by side in one run.
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { setUp } from './setup.mjs';

const benchmarks = {
  distill: {
    about:
      'a student step while distilling kd and at from a live teacher with recorded answers, against the same student alone',
    async run(say) {
      const { benchDistill } = await import('../bench/distill.mjs');
      const { stepMs, kd, at, rounds, lateMs } = await benchDistill({ say });
      return [
        {
          name: 'distill/alone/step',
          value: stepMs.alone,
          unit: 'ms',
          note: `resnet8x4, batch 64, 32x32x3, median of ${rounds} rounds`,
        },
        { name: 'distill/kd/step', value: stepMs.kd, unit: 'ms', note: 'keys: 100 logits a sample' },
        { name: 'distill/at/step', value: stepMs.at, unit: 'ms', note: 'keys: 3 attention maps a sample' },
        {
          name: 'main-thread/late/p99',
          value: lateMs.p99,
          unit: 'ms',
          note: 'of the thread that answers health checks, while steps run',
        },
        { name: 'main-thread/late/max', value: lateMs.max, unit: 'ms', note: 'below 50 wanted' },
        { name: 'distill/kd/ratio', value: kd, unit: 'throughput ÷ alone', note: 'at least 0.95 wanted' },
        { name: 'distill/at/ratio', value: at, unit: 'throughput ÷ alone', note: 'at least 0.95 wanted' },
      ];
    },
  },
  fanout: {
    about:
      "four students' requests (kd, at, sp, crd) to one teacher, against one student's, by processor time",
    async run(say) {
      const { benchFanout } = await import('../bench/fanout.mjs');
      const { oneMs, fourMs, ratio, rounds } = await benchFanout({ say });
      return [
        {
          name: 'fanout1/teacher/batch',
          value: oneMs,
          unit: 'ms of processor',
          note: `resnet32x4, batch 64, 32x32x3, median of ${rounds} rounds`,
        },
        {
          name: 'fanout4/teacher/batch',
          value: fourMs,
          unit: 'ms of processor',
          note: 'a batch for all four',
        },
        { name: 'fanout4/teacher/ratio', value: ratio, unit: 'of one student', note: 'at most 1.05 wanted' },
      ];
    },
  },
  channel: {
    about: "the Distill channel's MB/s against a bare grpc-js byte stream of the same message sizes",
    async run(say) {
      const { benchChannel } = await import('../libs/rpc/bench/channel.mjs');
      const { channel, bare, ratio } = await benchChannel({ say });
      return [
        { name: 'channel/bare', value: bare, unit: 'MB/s', note: 'bare grpc-js, median' },
        { name: 'channel/distill', value: channel, unit: 'MB/s', note: 'DistillResponse, median' },
        { name: 'channel/ratio', value: ratio, unit: 'of bare', note: 'at least 0.8 wanted' },
      ];
    },
  },
};

const { values } = parseArgs({
  options: { json: { type: 'string' }, only: { type: 'string' }, help: { type: 'boolean' } },
});
if (values.help || (values.only !== undefined && !(values.only in benchmarks))) {
  if (!values.help) console.error(`there is no benchmark "${values.only}"`);
  console.log('npm run bench -- [--only NAME] [--json FILE]\n');
  for (const [name, { about }] of Object.entries(benchmarks)) console.log(`  ${name.padEnd(10)} ${about}`);
  console.log('\nStudent against PyTorch, by hand: node bench/peers/resnet8x4-step.mjs');
  process.exit(values.help ? 0 : 2);
}

setUp();
const figures = [];
for (const [name, benchmark] of Object.entries(benchmarks)) {
  if (values.only !== undefined && values.only !== name) continue;
  console.log(`\n== ${name}: ${benchmark.about}`);
  figures.push(...(await benchmark.run((text) => console.log(`   ${text}`))));
}
console.log('');
for (const { name, value, unit, note } of figures) {
  console.log(`${name.padEnd(22)} ${value.toPrecision(4).padStart(8)}  ${unit.padEnd(20)} ${note}`);
}
if (values.json !== undefined) {
  writeFileSync(
    values.json,
    `${JSON.stringify(
      figures.map(({ name, value, unit }) => ({ name, value, unit })),
      null,
      2,
    )}\n`,
  );
}
process.exit(0);
