import type { Subject, SubjectName } from './stage.ts';

/** What each subject gave in each round. */
export type Rounds<Value> = Map<SubjectName, Value[]>;

/**
 * Measures every subject once, then every subject again: what else the machine does then falls on all of them alike.
 * The first round of each starts with a turn that is thrown away when `warmUp` is given.
 */
export async function interleave<Value>(
  subjects: readonly Subject[],
  rounds: number,
  measure: (subject: Subject) => Promise<Value>,
  warmUp?: (subject: Subject) => Promise<unknown>,
): Promise<Rounds<Value>> {
  const found: Rounds<Value> = new Map(subjects.map(({ name }) => [name, []]));
  for (const subject of subjects) await warmUp?.(subject);
  for (let round = 0; round < rounds; round += 1) {
    for (const subject of subjects) found.get(subject.name)?.push(await measure(subject));
  }
  return found;
}
