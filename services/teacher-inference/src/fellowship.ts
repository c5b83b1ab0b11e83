import { RecentMap } from './recent-map.js';

// Whoever reads the same data in the same views may or may not ask for the same batches: a sweep's students do, one
// with another order or batch size does not, and nobody says so. What was asked for tells. Evidence is kept by pairs,
// since two sweeps with different orders may share a teacher: each would take its own answers and waste the other's.

/**
 * How many answers in a row are made for a fellow without one being taken before it counts as going another way: at
 * first a few; later as many as it took, so that one that pauses is not lost, and what is wasted stays less than what
 * was of use.
 */
const untakenLimit = { least: 16, most: 1024 };
/** How many batches of a member are remembered: how far fellows may be apart and still be known as such. */
const batchesRemembered = 4096;

interface MemberState<Member> {
  /** How often it asked for a batch. */
  readonly asked: RecentMap<number>;
  /** Batches answered ahead of its asking, and by whose forward pass. */
  readonly made: RecentMap<Member>;
  /** How it takes what others' forward passes make for it. */
  readonly trust: Map<Member, Trust>;
}

interface Trust {
  /** Answers in a row that were made and not taken. */
  untaken: number;
  /** Answers taken, all together. */
  taken: number;
}

/** Those that may share forward passes, and who of them follows whom. */
export class Fellowship<Member> {
  private readonly members = new Map<Member, MemberState<Member>>();

  get size(): number {
    return this.members.size;
  }

  has(member: Member): boolean {
    return this.members.has(member);
  }

  join(member: Member): void {
    const asked = new RecentMap<number>(batchesRemembered);
    const made = new RecentMap<Member>(batchesRemembered);
    this.members.set(member, { asked, made, trust: new Map() });
  }

  leave(member: Member): void {
    this.members.delete(member);
    for (const { trust } of this.members.values()) trust.delete(member);
  }

  /**
   * Notes that a member asks for a batch.
   * @param found whether an answer is there or on its way.
   */
  asks(member: Member, batch: string, found: boolean): void {
    const state = this.members.get(member);
    if (state === undefined) return;
    const leader = state.made.take(batch);
    // One that was made and is gone shows that memory is short, not that nobody follows: more would be lost too.
    if (leader !== undefined && found) {
      const trust = trustIn(leader, state);
      trust.untaken = 0;
      trust.taken += 1;
    }
    if (leader === undefined) this.meet(member, state, batch);
    state.asked.add(batch, this.timesAsked(member, batch) + 1);
  }

  /** Two that ask for the same batch follow each other, until it shows that they don't. */
  private meet(member: Member, state: MemberState<Member>, batch: string): void {
    for (const [other, otherState] of this.members) {
      if (other === member || !otherState.asked.has(batch)) continue;
      trustIn(other, state).untaken = 0;
      trustIn(member, otherState).untaken = 0;
    }
  }

  /**
   * Who else is to get an answer from a forward pass that some members asked for; notes that it is made for them.
   * @param isKnown whether a member's answer is there already.
   */
  followers(
    askers: ReadonlySet<Member>,
    batch: string,
    isKnown: (member: Member) => boolean = () => false,
  ): Member[] {
    const found: Member[] = [];
    // The same batch may come again in a later epoch.
    const time = Math.max(...[...askers].map((asker) => this.timesAsked(asker, batch)));
    for (const [member, state] of this.members) {
      if (this.timesAsked(member, batch) >= time || state.made.has(batch) || isKnown(member)) continue;
      const leader = [...askers].find((asker) => follows(trustIn(asker, state)));
      if (leader === undefined) continue;
      state.made.add(batch, leader);
      trustIn(leader, state).untaken += 1;
      found.push(member);
    }
    return found;
  }

  private timesAsked(member: Member, batch: string): number {
    return this.members.get(member)?.asked.get(batch) ?? 0;
  }
}

function trustIn<Member>(leader: Member, { trust }: MemberState<Member>): Trust {
  const known = trust.get(leader) ?? { untaken: 0, taken: 0 };
  trust.set(leader, known);
  return known;
}

function follows({ untaken, taken }: Trust): boolean {
  const { least, most } = untakenLimit;
  return untaken < Math.min(Math.max(least, taken), most);
}
