// The sending side of the channel benchmark, a process of its own: the same megabytes as a bare byte stream of
// grpc-js and as answers of a Distill stream.
import { Server, ServerCredentials } from '@grpc/grpc-js';
import { TeacherServiceService } from '@lyceum/contracts/teacher-service';
import { defineService, startServer } from '@lyceum/rpc';
import { hostTensor, toWire } from '@lyceum/tensor';
import { bareMethod, bareOptions } from './bare-stream.mjs';

const [folder, messageBytes, messageCount] = process.argv.slice(2);
const size = Number(messageBytes);
const count = Number(messageCount);
const values = Float32Array.from({ length: size / 4 }, (_, i) => i);

const bare = new Server(bareOptions);
const payload = Buffer.from(values.buffer);
bare.addService(
  { send: bareMethod },
  {
    send: async (call) => {
      for (let i = 0; i < count; i += 1) {
        if (!call.write(payload)) await new Promise((resolve) => call.once('drain', resolve));
      }
      call.end();
    },
  },
);
await new Promise((resolve, reject) =>
  bare.bindAsync(`unix:${folder}/bare.sock`, ServerCredentials.createInsecure(), (error) =>
    error === null ? resolve() : reject(error),
  ),
);

const tensor = toWire(hostTensor('at/layer1', values, [64, size / 256]));
await startServer({
  address: `unix:${folder}/distill.sock`,
  services: [
    defineService(TeacherServiceService, {
      listTeachers: async () => ({ teachers: [], nextPageToken: '' }),
      getTeacher: async () => ({ teacher: undefined }),
      async *distill() {
        for (let sequence = 0; sequence < count; sequence += 1) {
          const keys = { sequence, tensors: [tensor], last: true, error: undefined, cached: false };
          yield { message: { $case: 'keys', value: keys } };
        }
      },
    }),
  ],
  serving: true,
});
console.log('ready');
process.stdin.on('end', () => process.exit(0)).resume();
