import type { Leadership } from '../records.js';
import type { Session } from './session.js';

/** There is one lead to take. */
const name = 'orchestrator';

export async function tryLead(session: Session, holder: string, ttlMs: number): Promise<Leadership> {
  return session.write(async (trx) => {
    const free = { name, holder: '', fence: 0, until: new Date(0) };
    await trx
      .insertInto('leaders')
      .values(free)
      .onConflict((conflict) => conflict.doNothing())
      .execute();
    const row = await trx
      .selectFrom('leaders')
      .selectAll()
      .where('name', '=', name)
      .forUpdate()
      .executeTakeFirstOrThrow();
    const now = await session.now(trx);
    if (row.holder !== holder && row.until > now) {
      return { leading: false, holder: row.holder, fence: row.fence, until: row.until };
    }
    const until = new Date(now.getTime() + ttlMs);
    // Whoever let the lead run out begins a new one: another may have led in between and resigned.
    const fence = row.holder === holder && row.until > now ? row.fence : row.fence + 1;
    await trx.updateTable('leaders').set({ holder, fence, until }).where('name', '=', name).execute();
    return { leading: true, holder, fence, until };
  });
}

export async function resign(session: Session, holder: string): Promise<void> {
  await session.write((trx) =>
    trx
      .updateTable('leaders')
      .set({ until: new Date(0) })
      .where('name', '=', name)
      .where('holder', '=', holder)
      .execute(),
  );
}
