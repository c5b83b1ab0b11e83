import { losses } from '@lyceum/losses';
import type { LossCase } from '@lyceum/losses/conformance';
import { encodingNames } from '../encodings.js';
import type { Pair } from '../figures-of.js';
import { kinks, roundingBounds } from '../rounding.js';
import { code, count, markdownTable } from './markdown.js';
import { firstTitles, rowName, type Measured } from './measured.js';

const notMeasured = 'not measured';

/** What each encoding of keys saves and what it does to the recorded values, of all losses that have keys. */
export function encodingsPart(cases: readonly LossCase[], { batchSize }: Pair, measured: Measured): string {
  const taught = [...losses.values()].filter(({ teacher }) => teacher.length > 0);
  const titles = encodingNames.flatMap((name) => [`bytes, ${name}`, `value, ${name}`, `gradient, ${name}`]);
  const { fp16, bf16, int8 } = roundingBounds;
  return [
    `A recipe says it for each loss, \`encoding: int8\`; the bytes are defined in \`proto/lyceum/tensor/v1/tensor.proto\`. Bytes a sample as [above](#what-crosses-the-wire), for a batch of ${batchSize}. Errors as in [How exact](#how-exact): of ${count(cases.length)} recorded cases, made here from keys that went through the bytes of their messages. \`fp16\` and \`bf16\` halve the bytes. \`int8\` sends a byte a number and 4 a row for its scale; tensors of one number a row stay FP32. \`top-k\` is for keys that are logits: the 8 largest and the mass of the rest, in 52 bytes whatever the number of classes (of the recorded logits, which have 3 to 10 classes and are drawn at random, half of the classes; a trained teacher's mass is in few). \`-\`: the key can't be sent so.`,
    `Bounds that a test holds: fp16 within ${bound(fp16)}; bf16, which keeps 3 significant bits fewer, within 8 times that, ${bound(bf16)}; int8, which has one step for a row where fp16's shrinks with the number (18 to 21 times as far in the mean square of evenly spread numbers), within 16 times that, ${bound(int8)}. top-k leaves numbers out, so nothing bounds its errors but the probabilities that it keeps: at temperature 1 those of the largest, and the sum of the others'. The exceptions are where a derivative jumps:`,
    Object.entries(kinks)
      .flatMap(([name, list]) =>
        Object.entries(list).map(([where, why]) => `- ${code(where)} with ${name} keys: ${why}.`),
      )
      .join('\n'),
    markdownTable(
      [...firstTitles.encodings, ...titles],
      taught.map(({ id }) => rowOf(rowName.loss(id), measured)),
    ),
  ].join('\n\n');
}

const bound = (number: number): string => number.toExponential();

function rowOf(name: string, { bytes, encodingErrors }: Measured): string[] {
  const weighed = bytes.get(name);
  const errors = encodingErrors.get(name);
  const bytesText = (form: keyof NonNullable<typeof weighed>) => {
    const one = weighed?.[form];
    return one === undefined ? '-' : count(one);
  };
  if (weighed === undefined || errors === undefined)
    return [name, notMeasured, ...encodingNames.flatMap(() => [notMeasured, notMeasured, notMeasured])];
  return [
    name,
    bytesText('fp32'),
    ...encodingNames.flatMap((form, i) => [bytesText(form), errors[2 * i], errors[2 * i + 1]]),
  ];
}
