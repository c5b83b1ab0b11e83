// The channel's figures: the stream between two processes, and what a trainer does with what it receives.
import { benchChannel } from '../libs/rpc/bench/channel.mjs';

export async function bench({ rounds, say }) {
  const { channel, bare, ratio } = await benchChannel({ say, ...(rounds === undefined ? {} : { rounds }) });
  return [
    { name: 'channel/bare', value: bare, unit: 'MB/s', note: 'bare grpc-js, median' },
    { name: 'channel/distill', value: channel, unit: 'MB/s', note: 'DistillResponse, median' },
    { name: 'channel/ratio', value: ratio, unit: 'of bare', note: 'at least 0.85 wanted' },
  ];
}
