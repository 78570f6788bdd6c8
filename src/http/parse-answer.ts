import type { z } from 'zod';
import type { HttpAnswer } from './call.ts';
import { buildUnreadable } from './unreadable.ts';

/** The JSON of an answer. Throws `ProviderFailedError` (`unreadable`) for HTML, a cut body or anything else. */
export function parseJson(answer: HttpAnswer, provider: string): unknown {
  const text = answer.body.toString('utf8');
  try {
    return JSON.parse(text);
  } catch {
    // Not kept as the cause: its message quotes the answer, which can quote the prompt.
    throw buildUnreadable(provider, text.trimStart().startsWith('<') ? 'HTML instead of JSON' : 'invalid JSON', {
      contentType: answer.headers['content-type'],
      bytes: answer.body.byteLength,
    });
  }
}

/** The JSON of an answer in the shape it should have. Throws like `parseJson`, also for another shape. */
export function parseWith<Schema extends z.ZodType>(
  schema: Schema,
  answer: HttpAnswer,
  provider: string,
): z.output<Schema> {
  const parsed = schema.safeParse(parseJson(answer, provider));
  if (parsed.success) return parsed.data;
  throw buildUnreadable(provider, 'JSON of an unexpected shape', {
    issues: parsed.error.issues.map(({ path, code }) => `${path.join('.')}: ${code}`),
  });
}
