import { describe, expect, it } from 'vitest';
import { generation, NEXT_STATES, OUTCOMES, painted, STATES, type State } from '../../src/generation/record.ts';
import { newGeneration, PAINTED } from '../support/generations.ts';

describe('the states of a generation', () => {
  /** Every state that can follow, however many steps later. */
  function reachable(from: State, seen = new Set<State>()): Set<State> {
    for (const next of NEXT_STATES[from]) {
      if (!seen.has(next)) reachable(next, seen.add(next));
    }
    return seen;
  }

  it('begin in line, from where each of them is reached', () => {
    expect([...reachable('queued')].toSorted()).toEqual([...STATES].toSorted());
  });

  it.each(['queued', 'running', 'delivering'] as const)('lead on from %s to every outcome', (state) => {
    for (const outcome of OUTCOMES) expect(reachable(state)).toContain(outcome);
  });

  it.each(OUTCOMES)('end at %s', (outcome) => {
    expect(NEXT_STATES[outcome]).toEqual([]);
  });

  it('tell a member of every end but a withdrawal', () => {
    expect(
      STATES.filter((state) => NEXT_STATES[state].some((next) => (OUTCOMES as readonly State[]).includes(next))),
    ).toEqual(['queued', 'delivering']);
    expect(NEXT_STATES.queued.filter((next) => (OUTCOMES as readonly State[]).includes(next))).toEqual(['cancelled']);
  });
});

describe('what is recorded', () => {
  it('goes through JSON unchanged', () => {
    const record = { ...newGeneration(), state: 'done', outcome: 'done', erased: false, painted: PAINTED, claims: 1 };
    expect(generation.parse(JSON.parse(JSON.stringify(record)))).toEqual(record);
    const withheld = {
      ...PAINTED,
      seeds: [7, null],
      withheld: 1,
      notes: [{ key: 'note-seed', values: { label: 'Novita' } }],
    };
    expect(painted.parse(JSON.parse(JSON.stringify(withheld)))).toEqual(withheld);
  });
});
