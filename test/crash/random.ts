import { randomInt } from 'node:crypto';

export interface Random {
  /** 0 … 1 */
  next(): number;
  /** Whole, both ends included. */
  between(least: number, most: number): number;
  pick<Item>(items: readonly Item[]): Item;
}

/** Not repeatable: what happens follows from when processes die, and no seed can repeat that. */
export function createRandom(): Random {
  return {
    next: Math.random,
    between: (least, most) => randomInt(least, most + 1),
    pick(items) {
      const item = items[randomInt(items.length)];
      if (item === undefined) throw new RangeError('nothing to pick from');
      return item;
    },
  };
}
