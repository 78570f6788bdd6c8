import type { z } from 'zod';
import type { HttpAnswer } from '../http/call.ts';

/** An error body in the vendor's own shape; `undefined` for any other, such as a gateway's HTML page. */
export function readErrorBody<Schema extends z.ZodType>(
  schema: Schema,
  { body }: HttpAnswer,
): z.output<Schema> | undefined {
  try {
    return schema.safeParse(JSON.parse(body.toString('utf8'))).data;
  } catch {
    return undefined;
  }
}
