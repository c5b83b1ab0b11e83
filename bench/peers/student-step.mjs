// Student steps of resnet8x4 on Lyceum's engine, one for each line read.
// Answers each line with the step's wall and processor time in milliseconds. The first line it writes says what runs.
import { createOptimizer, logSoftmax, startEngine, tf } from '@lyceum/engine';
import { buildModel } from '@lyceum/models';
import { createInterface } from 'node:readline';

const engine = await startEngine({ threads: Number(process.argv[2]) });
const model = buildModel({ architecture: 'resnet8x4', classCount: 100, inputShape: [32, 32, 3] }, 1);
const trainable = model.parameters.filter((parameter) => parameter.trainable);
const variables = trainable.map(({ variable }) => variable);
const weights = Object.fromEntries(trainable.map(({ name, variable }) => [name, variable]));
const optimizer = createOptimizer({ name: 'sgd', momentum: 0.9, weightDecay: 5e-4 }, weights);
const images = tf.randomNormal([64, 32, 32, 3], 0, 1, 'float32', 1);
const labels = tf.oneHot(tf.range(0, 64, 1, 'int32'), 100);

function crossEntropy() {
  const { logits } = model.forward(images, ['logits'], { training: true });
  return tf.neg(tf.mean(tf.sum(tf.mul(labels, logSoftmax(logits)), -1)));
}

function step() {
  tf.tidy(() => {
    const { value, grads } = tf.variableGrads(crossEntropy, variables);
    optimizer.apply(
      Object.fromEntries(trainable.map(({ name, variable }) => [name, grads[variable.name]])),
      0.05,
    );
    value.dataSync();
  });
}

console.log(
  `Lyceum on TensorFlow ${engine.tensorflowVersion} (${engine.backend}), ${model.parameterCount} parameters`,
);
for await (const _ of createInterface({ input: process.stdin })) {
  const [wall, processor] = [performance.now(), process.cpuUsage()];
  step();
  const { user, system } = process.cpuUsage(processor);
  console.log(`${performance.now() - wall} ${(user + system) / 1e3}`);
}
