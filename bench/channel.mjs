// The channel's figures: the stream between two processes, and what a trainer does with what it reads there.
import { benchChannel } from '../libs/rpc/bench/channel.mjs';
import { benchHandover } from './handover.mjs';

export async function bench({ rounds = 21, say }) {
  const { channel, bare, ratio } = await benchChannel({ say, rounds });
  return [
    { name: 'channel/bare', value: bare, unit: 'MB/s', note: `bare grpc-js, median of ${rounds} rounds` },
    { name: 'channel/distill', value: channel, unit: 'MB/s', note: 'answers of a teacher' },
    { name: 'channel/ratio', value: ratio, unit: 'of bare', note: 'at least 0.85 wanted' },
    {
      name: 'channel/handover',
      value: await benchHandover({ rounds }),
      unit: 'ms a MB',
      note: 'answers decoded and handed to the compute thread; at most 0.3 wanted',
    },
  ];
}
