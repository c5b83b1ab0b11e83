import { LyceumError } from '@lyceum/errors';
import type { BatchContent, PlanAnswer } from './worker/inference-api.js';

/** What a pass needs to know of a plan. */
export interface PassPlan {
  /** Plans of one group may share passes. */
  readonly group: string;
  /** Plans of one content have the same answers. */
  readonly content: string;
}

/** A forward pass that starts or has ended. */
export interface PassInfo<Plan> {
  readonly batch: string;
  readonly content: BatchContent;
  /** Those that asked for it so far. */
  readonly askers: ReadonlySet<Plan>;
}

export interface PassWork<Plan> {
  /** Runs one forward pass for plans of one group; an answer for each of them, in order. */
  run(plans: readonly Plan[], content: BatchContent): Promise<readonly PlanAnswer[]>;
  /** Which other plans of the group are to get an answer too; asked when a pass starts. */
  fellowsOf(pass: PassInfo<Plan>): readonly Plan[];
  /**
   * Remembers what a pass gave, by content of plans, before those that asked get it. They wait for what it returns, the
   * next pass does not.
   */
  keep(
    pass: PassInfo<Plan>,
    fellows: readonly Plan[],
    answers: ReadonlyMap<string, PlanAnswer>,
  ): Promise<unknown> | undefined;
}

/** How many passes are handed to the compute thread at a time: one to work on, one so that it never waits. */
const passesAtOnce = 2;

interface Pass<Plan> extends PassInfo<Plan> {
  readonly askers: Set<Plan>;
  /** Contents of the plans it computes for; empty until it starts. */
  readonly contents: Set<string>;
  readonly result: Promise<ReadonlyMap<string, PlanAnswer>>;
  readonly resolve: (answers: ReadonlyMap<string, PlanAnswer>) => void;
  readonly reject: (error: LyceumError) => void;
}

/** Forward passes that were asked for, in order; those that wait or run already are joined. */
export class PassQueue<Plan extends PassPlan> {
  private readonly waiting: Pass<Plan>[] = [];
  private readonly named = new Map<string, Pass<Plan>[]>();
  private runningCount = 0;

  constructor(private readonly work: PassWork<Plan>) {}

  /** The answer of a pass that somebody else asked for, when one for this batch waits or runs. */
  join(plan: Plan, batch: string): Promise<PlanAnswer> | undefined {
    const passes = this.named.get(`${plan.group} ${batch}`) ?? [];
    const pass = passes.find(({ contents }) => contents.size === 0 || contents.has(plan.content));
    if (pass === undefined) return undefined;
    pass.askers.add(plan);
    return answerOf(pass, plan);
  }

  /** Asks for a forward pass. Nobody joins one without a batch's name. */
  ask(plan: Plan, content: BatchContent, batch = ''): Promise<PlanAnswer> {
    const pass = newPass(plan, content, batch);
    this.waiting.push(pass);
    if (batch !== '') {
      const name = `${plan.group} ${batch}`;
      this.named.set(name, [...(this.named.get(name) ?? []), pass]);
    }
    const answer = answerOf(pass, plan);
    this.startNext();
    return answer;
  }

  /** Forgets what a plan asked for, unless it runs already or somebody else asked for it too. */
  drop(plan: Plan): void {
    for (const pass of [...this.waiting]) {
      if (!pass.askers.delete(plan) || pass.askers.size > 0) continue;
      this.waiting.splice(this.waiting.indexOf(pass), 1);
      this.unname(pass, plan.group);
      pass.reject(dropped());
    }
  }

  private startNext(): void {
    while (this.runningCount < passesAtOnce) {
      const pass = this.waiting.shift();
      if (pass === undefined) return;
      this.runningCount += 1;
      void this.start(pass).finally(() => {
        this.runningCount -= 1;
        this.startNext();
      });
    }
  }

  private async start(pass: Pass<Plan>): Promise<void> {
    const [first] = pass.askers;
    try {
      const fellows = pass.batch === '' ? [] : this.work.fellowsOf(pass);
      const plans = [...new Map([...pass.askers, ...fellows].map((plan) => [plan.content, plan])).values()];
      for (const { content } of plans) pass.contents.add(content);
      const answers = await this.work.run(plans, pass.content);
      const byContent = new Map(plans.map(({ content }, i) => [content, answers[i]]));
      this.unname(pass, first.group);
      const keeping = this.work.keep(pass, fellows, byContent);
      if (keeping === undefined) pass.resolve(byContent);
      else keeping.then(() => pass.resolve(byContent), pass.reject);
    } catch (error) {
      this.unname(pass, first.group);
      pass.reject(LyceumError.from(error));
    }
  }

  private unname(pass: Pass<Plan>, group: string): void {
    const name = `${group} ${pass.batch}`;
    const left = (this.named.get(name) ?? []).filter((other) => other !== pass);
    if (left.length === 0) this.named.delete(name);
    else this.named.set(name, left);
  }
}

function newPass<Plan>(asker: Plan, content: BatchContent, batch: string): Pass<Plan> {
  let resolve: Pass<Plan>['resolve'] = () => undefined;
  let reject: Pass<Plan>['reject'] = () => undefined;
  const result = new Promise<ReadonlyMap<string, PlanAnswer>>((fulfil, fail) => {
    resolve = fulfil;
    reject = fail;
  });
  return { batch, content, askers: new Set([asker]), contents: new Set(), result, resolve, reject };
}

async function answerOf<Plan extends PassPlan>(pass: Pass<Plan>, plan: Plan): Promise<PlanAnswer> {
  const answer = (await pass.result).get(plan.content);
  if (answer === undefined) throw dropped();
  return answer;
}

function dropped(): LyceumError {
  return new LyceumError('CANCELLED', 'the stream ended before its batch was computed');
}
