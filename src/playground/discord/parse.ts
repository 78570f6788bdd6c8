import { z } from 'zod';
import { type Complaint, refuseBody } from './refusal.ts';

/**
 * Parses what a client sent; throws a `Refusal` (50035) that names each wrong field as Discord does.
 * `path` is where the body sits in the request.
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  body: unknown,
  path: readonly string[] = [],
): z.output<Schema> {
  const result = schema.safeParse(body ?? {}, { reportInput: true });
  if (result.success) return result.data;
  throw refuseBody(result.error.issues.map((issue) => complaintOf(issue, path)));
}

function complaintOf(issue: z.core.$ZodIssue, prefix: readonly string[]): Complaint {
  const path = [...prefix, ...issue.path];
  switch (issue.code) {
    case 'custom':
      return { path, code: String(issue.params?.code ?? 'BASE_TYPE_INVALID'), message: issue.message };
    case 'invalid_type':
      return issue.input === undefined
        ? { path, code: 'BASE_TYPE_REQUIRED', message: 'This field is required' }
        : { path, code: 'BASE_TYPE_BAD_TYPE', message: issue.message };
    case 'too_small':
      return issue.origin === 'array'
        ? { path, code: 'BASE_TYPE_BAD_LENGTH', message: `Must be ${issue.minimum} or more in length.` }
        : { path, code: 'NUMBER_TYPE_MIN', message: `Value should be greater than or equal to ${issue.minimum}.` };
    case 'too_big':
      return issue.origin === 'array'
        ? { path, code: 'BASE_TYPE_BAD_LENGTH', message: `Must be ${issue.maximum} or fewer in length.` }
        : { path, code: 'NUMBER_TYPE_MAX', message: `Value should be less than or equal to ${issue.maximum}.` };
    case 'invalid_union':
    case 'invalid_value':
      return { path, code: 'BASE_TYPE_CHOICES', message: issue.message };
    case 'invalid_format':
      return { path, code: 'STRING_TYPE_REGEX', message: issue.message };
    default:
      return { path, code: 'BASE_TYPE_INVALID', message: issue.message };
  }
}

/** For `superRefine`: a complaint with Discord's own code. */
export function complain(context: z.RefinementCtx, path: PropertyKey[], code: string, message: string): void {
  context.addIssue({ code: 'custom', path, message, params: { code } });
}

/** Discord counts characters, not UTF-16 units. */
export function countCharacters(text: string): number {
  let count = 0;
  for (const _ of text) count += 1;
  return count;
}

/** A text of `least` to `most` characters, counted and kept without the white space around it. */
export function text(most: number, least = 0) {
  return z
    .string()
    .trim()
    .superRefine((value, context) => {
      const length = countCharacters(value);
      if (length < least || length > most) {
        complain(context, [], 'BASE_TYPE_BAD_LENGTH', `Must be between ${least} and ${most} in length.`);
      }
    });
}

/** Like `text`, but white space is part of it: custom IDs and choice values. */
export function exactText(most: number, least = 0) {
  return z.string().superRefine((value, context) => {
    const length = countCharacters(value);
    if (length < least || length > most) {
      complain(context, [], 'BASE_TYPE_BAD_LENGTH', `Must be between ${least} and ${most} in length.`);
    }
  });
}

/** A field Discord lets be absent or null, which is the same to it. */
export function maybe<Schema extends z.ZodType>(schema: Schema) {
  return schema.nullish().transform((value) => value ?? undefined);
}

/** Like `maybe`, with what Discord answers for it then. */
export function orElse<Schema extends z.ZodType, Default extends z.output<Schema> | null>(
  schema: Schema,
  value: Default,
) {
  return schema.nullish().transform((given) => given ?? value);
}

export const snowflake = z.string().regex(/^\d{1,20}$/, 'Value is not snowflake.');
