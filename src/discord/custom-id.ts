import { z } from 'zod';

const VERSION = 'v1';
const SNOWFLAKE = /^\d{10,20}$/;

/** Where a press goes: which family of handlers, what it asks, of which generation and which of its pictures. */
const customId = z.object({
  family: z.string().regex(/^[a-z-]{1,20}$/),
  action: z.string().regex(/^[a-z-]{1,20}$/),
  generationId: z.string().regex(SNOWFLAKE),
  /** 0-based. */
  index: z.string().regex(/^\d$/).transform(Number).optional(),
});
export type CustomId = z.output<typeof customId>;

/** `v1:<family>:<action>:<generation id>[:<index>]`, at most 100 characters. */
export function buildCustomId({ family, action, generationId, index }: CustomId): string {
  return [VERSION, family, action, generationId, ...(index === undefined ? [] : [index])].join(':');
}

/** `undefined` for anything this version did not write: custom IDs live in messages for years. */
export function parseCustomId(text: string): CustomId | undefined {
  const [version, family, action, generationId, index, ...rest] = text.split(':');
  if (version !== VERSION || rest.length > 0) return undefined;
  const parsed = customId.safeParse({ family, action, generationId, index });
  return parsed.success ? parsed.data : undefined;
}
