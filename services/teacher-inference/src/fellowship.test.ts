import { describe, expect, it } from 'vitest';
import { Fellowship } from './fellowship.js';

/** Streams that ask as they would of a teacher, whose memory is a set of `member batch`. */
class Streams {
  readonly fellowship = new Fellowship<string>();
  readonly memory = new Set<string>();
  /** Forward passes by who asked. */
  readonly passes: Record<string, number> = {};
  /** Answers made ahead, by whom they were made for. */
  readonly made: Record<string, number> = {};

  constructor(...members: string[]) {
    for (const member of members) this.fellowship.join(member);
  }

  ask(member: string, batch: string): void {
    const found = this.memory.delete(`${member} ${batch}`);
    this.fellowship.asks(member, batch, found);
    if (found) return;
    this.passes[member] = (this.passes[member] ?? 0) + 1;
    for (const fellow of this.fellowship.followers(new Set([member]), batch)) {
      this.made[fellow] = (this.made[fellow] ?? 0) + 1;
      this.memory.add(`${fellow} ${batch}`);
    }
  }

  /** Asks for batches `from` to `to - 1` of an order. */
  askAll(member: string, from: number, to: number, order = ''): void {
    for (let batch = from; batch < to; batch += 1) this.ask(member, `${order}${batch}`);
  }
}

describe('streams that may share forward passes', () => {
  it('cost one pass a batch while they follow the same batches, whoever is ahead', () => {
    const streams = new Streams('kd', 'at', 'sp', 'crd');
    for (let batch = 0; batch < 100; batch += 1) {
      const order = batch % 2 === 0 ? ['kd', 'at', 'sp', 'crd'] : ['crd', 'sp', 'at', 'kd'];
      for (const member of order) streams.ask(member, String(batch));
    }
    expect(Object.values(streams.passes).reduce((a, b) => a + b)).toBe(100);
    expect(streams.memory.size).toBe(0);
  });

  it('may be at different speeds, and further and further apart', () => {
    const streams = new Streams('fast', 'slow');
    for (let batch = 0; batch < 400; batch += 1) {
      streams.ask('fast', String(batch));
      if (batch % 8 === 0) streams.ask('slow', String(batch / 8));
    }
    streams.askAll('slow', 50, 400);
    expect(streams.passes).toEqual({ fast: 400 });
  });

  it('get no more than 16 answers that they do not take: with another order, or none asked for at all', () => {
    const streams = new Streams('a', 'other order', 'silent');
    for (let batch = 0; batch < 200; batch += 1) {
      streams.ask('a', String(batch));
      streams.ask('other order', `x${batch}`);
    }
    expect(streams.passes).toEqual({ a: 200, 'other order': 200 });
    // 16 by each of the two others.
    expect(streams.made).toEqual({ a: 16, 'other order': 16, silent: 32 });
  });

  it('are waited for the longer the more they have taken', () => {
    const streams = new Streams('a', 'pausing');
    for (let batch = 0; batch < 100; batch += 1) {
      streams.ask('a', String(batch));
      streams.ask('pausing', String(batch));
    }
    streams.askAll('a', 100, 300);
    expect(streams.made).toEqual({ pausing: 200 });
    streams.askAll('pausing', 100, 300);
    expect(streams.passes).toEqual({ a: 300, pausing: 100 });
  });

  it('are told apart by pairs: two sweeps of different orders do not work for one another', () => {
    const streams = new Streams('a1', 'a2', 'b1', 'b2');
    for (let batch = 0; batch < 200; batch += 1) {
      for (const member of ['a1', 'a2']) streams.ask(member, `a${batch}`);
      for (const member of ['b1', 'b2']) streams.ask(member, `b${batch}`);
    }
    expect(streams.passes).toEqual({ a1: 200, b1: 200 });
    expect(streams.made).toEqual({ a1: 16, a2: 200 + 16, b1: 16, b2: 200 + 16 });
  });

  it('get answers again when they ask for what another asked for', () => {
    const streams = new Streams('a', 'late');
    streams.askAll('a', 0, 100);
    expect(streams.made).toEqual({ late: 16 });
    streams.askAll('late', 0, 100);
    // What was not made for it costs passes of its own, from which the other gains nothing.
    expect(streams.passes).toEqual({ a: 100, late: 84 });
    expect(streams.made).toEqual({ late: 16 });
    for (let batch = 100; batch < 200; batch += 1) {
      streams.ask('a', String(batch));
      streams.ask('late', String(batch));
    }
    expect(streams.passes).toEqual({ a: 200, late: 84 });
  });

  it('get no answers while memory is too short to hold them until they ask', () => {
    const streams = new Streams('a', 'behind');
    for (let batch = 0; batch < 200; batch += 1) {
      streams.ask('a', String(batch));
      streams.memory.clear();
      if (batch < 16) streams.ask('behind', String(batch));
    }
    expect(streams.made).toEqual({ behind: 16 });
  });

  it('may come late, leave, and come back to older batches', () => {
    const streams = new Streams('a', 'b');
    streams.askAll('a', 0, 8);
    streams.askAll('b', 0, 8);
    streams.fellowship.leave('b');
    streams.askAll('a', 8, 16);
    expect(streams.made).toEqual({ b: 8 });
    streams.fellowship.join('b resumed');
    streams.askAll('b resumed', 4, 16);
    expect(streams.passes).toEqual({ a: 16, 'b resumed': 12 });
    streams.askAll('a', 16, 24);
    streams.askAll('b resumed', 16, 24);
    expect(streams.passes).toEqual({ a: 24, 'b resumed': 12 });
  });

  it('share a batch each time that it comes, epoch after epoch', () => {
    const streams = new Streams('a', 'b');
    for (let epoch = 0; epoch < 5; epoch += 1) {
      streams.askAll('a', 0, 4);
      streams.askAll('b', 0, 4);
    }
    expect(streams.passes).toEqual({ a: 20 });
  });

  it('get nothing that is known already', () => {
    const { fellowship } = new Streams('a', 'b');
    fellowship.asks('a', '0', false);
    expect(fellowship.followers(new Set(['a']), '0', (member) => member === 'b')).toEqual([]);
    expect(fellowship.followers(new Set(['a']), '0')).toEqual(['b']);
  });
});
