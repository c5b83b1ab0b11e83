// Throughput of a Distill stream against a bare byte stream of grpc-js with messages of the same size, between two
// processes over a Unix socket. Rounds take turns, so that what else the machine does hits both alike.
//   node libs/rpc/bench/channel.mjs [--message-bytes 1048576] [--rounds 21] [--json]
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { connect } from '@lyceum/rpc';
import { joinRows } from '@lyceum/tensor';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { bareMethod, bareOptions } from './bare-stream.mjs';

const median = (numbers) => [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/**
 * Medians in MB/s (1e6 bytes): `bare`, `channel` (messages decoded, tensors as views), `joined` (tensors as typed
 * arrays that own their memory); `ratio` and `joinedRatio` are medians of the rounds' ratios to bare.
 */
export async function benchChannel({
  messageBytes = 2 ** 20,
  messageCount = 60,
  rounds = 21,
  say = () => undefined,
} = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'lyceum-channel-'));
  const script = fileURLToPath(new URL('./channel-server.mjs', import.meta.url));
  const args = [script, folder, String(messageBytes), String(messageCount)];
  const server = spawn(process.execPath, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  try {
    await once(server.stdout, 'data');
    const readers = openReaders(folder);
    const wanted = messageBytes * messageCount;
    const measure = async (name) => {
      const started = performance.now();
      const bytes = await readers[name]();
      if (bytes !== wanted) throw new Error(`${name}: ${bytes} bytes arrived of ${wanted}`);
      return wanted / 1e3 / (performance.now() - started);
    };
    const names = ['bare', 'channel', 'joined'];
    const rates = { bare: [], channel: [], joined: [] };
    for (let round = 0; round <= rounds; round += 1) {
      // Every second round backwards, so that no variant always comes first.
      for (const name of round % 2 === 0 ? names : [...names].reverse()) {
        const rate = await measure(name);
        // The first round warms both sides up.
        if (round > 0) rates[name].push(rate);
      }
      if (round > 0)
        say(
          `round ${round} of ${rounds}: ${names.map((n) => `${n} ${rates[n].at(-1).toFixed(0)} MB/s`).join(', ')}`,
        );
    }
    const ratio = (name) => median(rates[name].map((rate, i) => rate / rates.bare[i]));
    const medians = Object.fromEntries(names.map((name) => [name, median(rates[name])]));
    return { ...medians, ratio: ratio('channel'), joinedRatio: ratio('joined'), messageBytes, rounds };
  } finally {
    server.stdin.end();
    await once(server, 'exit');
    rmSync(folder, { recursive: true, force: true });
  }
}

function openReaders(folder) {
  const bare = new Client(`unix:${folder}/bare.sock`, credentials.createInsecure(), bareOptions);
  const teachers = connect(`unix:${folder}/distill.sock`, TeacherServiceService);
  const distill = async (take) => {
    let bytes = 0;
    for await (const { message } of teachers.stream('distill')) bytes += take(message.value.tensors);
    return bytes;
  };
  return {
    bare: async () => {
      const { path, requestSerialize, responseDeserialize } = bareMethod;
      const call = bare.makeServerStreamRequest(
        path,
        requestSerialize,
        responseDeserialize,
        Buffer.alloc(0),
        new Metadata(),
      );
      let bytes = 0;
      for await (const message of call) bytes += message.length;
      return bytes;
    },
    channel: () => distill((tensors) => tensors[0].data.length),
    joined: () => distill((tensors) => joinRows(tensors, 'keys')[0].data.byteLength),
  };
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { values } = parseArgs({
    options: { 'message-bytes': { type: 'string' }, rounds: { type: 'string' }, json: { type: 'boolean' } },
  });
  const result = await benchChannel({
    messageBytes: Number(values['message-bytes'] ?? 2 ** 20),
    rounds: Number(values.rounds ?? 21),
    say: values.json ? undefined : console.log,
  });
  if (values.json) console.log(JSON.stringify(result));
  else {
    console.log(`bare grpc-js  ${result.bare.toFixed(0)} MB/s`);
    console.log(`distill       ${result.channel.toFixed(0)} MB/s, ratio ${result.ratio.toFixed(3)}`);
    console.log(`... and joined ${result.joined.toFixed(0)} MB/s, ratio ${result.joinedRatio.toFixed(3)}`);
  }
  process.exit(0);
}
