import { describe, expect, it } from 'vitest';
import { handlers } from '../../commands/index.ts';
import { buildCustomId, type CustomId, parseCustomId } from '../../src/discord/custom-id.ts';

const LONGEST_ID = '18446744073709551615';

describe('a custom ID', () => {
  const families = [...handlers.buttons, ...handlers.modals].flatMap(({ family, actions }) =>
    actions.map((action) => ({ family, action })),
  );

  it.each(families)('leads back to $family:$action, within 100 characters', ({ family, action }) => {
    for (const index of [undefined, 0, 9]) {
      const target: CustomId = { family, action, generationId: LONGEST_ID, ...(index === undefined ? {} : { index }) };
      const text = buildCustomId(target);
      expect(text.length).toBeLessThanOrEqual(100);
      expect(parseCustomId(text)).toEqual(target);
    }
  });

  it('is written as it will be read for years', () => {
    expect(
      buildCustomId({ family: 'result', action: 'variation', generationId: '1180000000000000001', index: 2 }),
    ).toBe('v1:result:variation:1180000000000000001:2');
    expect(buildCustomId({ family: 'job', action: 'cancel', generationId: '1180000000000000001' })).toBe(
      'v1:job:cancel:1180000000000000001',
    );
  });

  it.each([
    '',
    'v1',
    'imagine',
    'v0:result:info:1180000000000000001',
    'v2:result:info:1180000000000000001',
    'v1:result:info',
    'v1:result:info:',
    'v1::info:1180000000000000001',
    'v1:RESULT:info:1180000000000000001',
    'v1:result:info:abc',
    'v1:result:info:1180000000000000001 ',
    'v1:result:info:1180000000000000001:',
    'v1:result:variation:1180000000000000001:10',
    'v1:result:variation:1180000000000000001:-1',
    'v1:result:variation:1180000000000000001:1.0',
    'v1:result:variation:1180000000000000001:0x1',
    'v1:result:variation:1180000000000000001: 1',
    'v1:result:variation:1180000000000000001:1:2',
    `v1:result:info:${'1'.repeat(21)}`,
  ])('that this version did not write is refused: “%s”', (text) => {
    expect(parseCustomId(text)).toBeUndefined();
  });
});
