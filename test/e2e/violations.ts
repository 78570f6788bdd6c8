import AxeBuilder from '@axe-core/playwright';
import type { Page } from 'playwright-core';

/** Resolves when whatever fades, slides or changes its colour has arrived; what never ends is not waited for. */
const ARRIVED = `Promise.allSettled(
  document.getAnimations()
    .filter((animation) => animation.effect.getComputedTiming().endTime !== Infinity)
    .map((animation) => animation.finished),
).then(() => undefined)`;

/** What axe finds wrong with the page as it stands, once it stands still. */
export async function findViolations(page: Page): Promise<string[]> {
  await page.evaluate(ARRIVED);
  const { violations } = await new AxeBuilder({ page }).analyze();
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' | ')}`);
}
