import { existsSync, readFileSync } from 'node:fs';
import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import type { LocalDiscord, RecordedRequest } from '../../src/playground/discord/local-discord.ts';

// Every body the bot sends against Discord's own OpenAPI description (discord/discord-api-spec, 2026-07), which lies
// beside the repository where it is at hand.
const SPECIFICATION = new URL('../../../shared/discord-openapi.json', import.meta.url);

export const hasDiscordSchema = existsSync(SPECIFICATION);
/** For `it.skipIf(!hasDiscordSchema)` and `context.skip`. */
export const NO_DISCORD_SCHEMA = 'skipped: ../shared/discord-openapi.json is not here';

type Schema = { readonly [key: string]: unknown };
const schemaNode = z.record(z.string(), z.unknown());

/** Codes of refusals that are the sender's mistake, whatever state the world is in. */
const MISTAKES: ReadonlySet<unknown> = new Set([40005, 50006, 50035, 50045, 50109]);
/** discord.js sends these everywhere, and Discord ignores them; `file_types` is newer than the description. */
const HARMLESS_KEYS: ReadonlySet<string> = new Set(['tts', 'enforce_nonce', 'file_types']);

/**
 * What is wrong with the requests the bot made, one line each; empty when all is well. Schema, keys Discord does not
 * know, what the local Discord refused as malformed, and files nothing shows.
 */
export function checkRequests(local: Pick<LocalDiscord, 'requests'>): string[] {
  return local.requests.flatMap((request) => {
    const problems = [...checkSchema(request), ...checkRefusal(request), ...checkFiles(request)];
    return problems.map((problem) => `${request.method} ${request.route ?? request.path}: ${problem}`);
  });
}

/** The same for what the local Discord answered, so that it stays true to the original. */
export function checkResponses(local: Pick<LocalDiscord, 'requests'>): string[] {
  return local.requests.flatMap((request) => {
    if (request.status !== 200 && request.status !== 201) return [];
    const pointer = `responses/${request.status}/content/application~1json/schema`;
    const problems = validate(request, pointer, request.response);
    return problems.map((problem) => `${request.method} ${request.route}: ${problem}`);
  });
}

function checkSchema(request: RecordedRequest): string[] {
  if (request.body === undefined) return [];
  const pointer = 'requestBody/content/application~1json/schema';
  const body = normalizePermissions(normalizeAttachmentIds(request.body));
  const schema = findSchema(request, pointer);
  return [...validate(request, pointer, body), ...(schema ? findUnknownKeys([schema], body, '') : [])];
}

function checkRefusal({ status, response }: RecordedRequest): string[] {
  const code = schemaNode.safeParse(response).data?.code;
  return MISTAKES.has(code) ? [`refused with ${status} ${JSON.stringify(response)}`] : [];
}

/** With Components V2, a file no component names is uploaded for nothing. */
function checkFiles({ body, files }: RecordedRequest): string[] {
  const json = JSON.stringify(body ?? null);
  const isV2 = /"flags":(\d+)/.test(json) && (Number(/"flags":(\d+)/.exec(json)?.[1]) & 32_768) !== 0;
  return isV2
    ? files
        .filter(({ name }) => !json.includes(`attachment://${name}"`))
        .map(({ name }) => `nothing shows the file ${name}`)
    : [];
}

// The description

let loaded: Schema | undefined;

function loadSpecification(): Schema {
  loaded ??= schemaNode.parse(JSON.parse(readFileSync(SPECIFICATION, 'utf8')));
  return loaded;
}

/** Interaction tokens are webhook tokens to the description. */
function pathInSpecification({ route = '' }: { route?: string | undefined }): string {
  return route.replace('/webhooks/{application_id}/{interaction_token}', '/webhooks/{webhook_id}/{webhook_token}');
}

function pointerTo(request: RecordedRequest, rest: string): string {
  return `/paths/${pathInSpecification(request).replaceAll('~', '~0').replaceAll('/', '~1')}/${request.method.toLowerCase()}/${rest}`;
}

function follow(pointer: string): Schema | undefined {
  let node: unknown = loadSpecification();
  for (const key of pointer.split('/').slice(1)) {
    node = schemaNode.safeParse(node).data?.[key.replaceAll('~1', '/').replaceAll('~0', '~')];
  }
  return schemaNode.safeParse(node).data;
}

function findSchema(request: RecordedRequest, rest: string): Schema | undefined {
  return hasDiscordSchema ? follow(pointerTo(request, rest)) : undefined;
}

function dereference(schema: Schema): Schema {
  const { $ref } = schema;
  return typeof $ref === 'string' ? dereference(follow($ref.slice(1)) ?? {}) : schema;
}

// Validation

let ajv: Ajv2020 | undefined;
const validators = new Map<string, ValidateFunction>();

function validate(request: RecordedRequest, rest: string, value: unknown): string[] {
  if (!findSchema(request, rest)) return [];
  const pointer = pointerTo(request, rest);
  const validator = validators.get(pointer) ?? compile(pointer);
  validators.set(pointer, validator);
  if (validator(value)) return [];
  return (validator.errors ?? []).slice(0, 5).map(({ instancePath, message }) => `${instancePath || '/'} ${message}`);
}

function compile(pointer: string): ValidateFunction {
  if (!ajv) {
    ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addFormat('snowflake', /^\d{1,20}$/);
    ajv.addFormat('nonce', true);
    ajv.addSchema(schemaNode.parse(rewriteUnions(loadSpecification())), 'discord');
  }
  return ajv.compile({ $ref: `discord#${pointer.split('/').map(encodeURIComponent).join('/')}` });
}

/**
 * Unions told apart by an integer `type` become one `if type = … then …` per variant, so that a mistake is reported
 * once and where it is, not once for every variant it is not.
 */
function rewriteUnions(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(rewriteUnions);
  const schema = schemaNode.safeParse(node).data;
  if (!schema) return node;
  const rewritten = Object.fromEntries(Object.entries(schema).map(([key, value]) => [key, rewriteUnions(value)]));
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const variants = z.array(schemaNode).safeParse(schema[keyword]).data;
    const tagged = variants && splitByTag(variants);
    if (!tagged) continue;
    const { [keyword]: _, ...others } = rewritten;
    return { ...others, ...tagged };
  }
  return rewritten;
}

function splitByTag(variants: readonly Schema[]): Schema | undefined {
  const nullable = variants.some(({ type }) => type === 'null');
  const objects = variants.filter(({ type }) => type !== 'null');
  const tags = objects.map(tagsOf);
  const all = tags.flat();
  if (objects.length < 2 || tags.some((list) => list.length === 0) || new Set(all).size < all.length) return undefined;
  const cases = objects.map((variant, index) => ({
    if: { type: 'object', properties: { type: { enum: tags[index] } }, required: ['type'] },
    // biome-ignore lint/suspicious/noThenProperty: JSON Schema's keyword
    then: rewriteUnions(variant),
  }));
  const known = { type: 'object', properties: { type: { enum: all } }, required: ['type'] };
  return { allOf: [...cases, nullable ? { anyOf: [{ type: 'null' }, known] } : known] };
}

/** The values `type` may have in a variant. */
function tagsOf(variant: Schema): number[] {
  const type = schemaNode.safeParse(dereference(variant).properties).data?.type;
  return z.object({ enum: z.array(z.int()) }).safeParse(type).data?.enum ?? [];
}

// Keys the description does not know: it allows them, and Discord ignores them, so a misspelt one goes unnoticed.

function findUnknownKeys(schemas: readonly Schema[], value: unknown, path: string): string[] {
  const variants = schemas.flatMap(expand);
  if (Array.isArray(value)) {
    const items = variants.flatMap(({ items: one }) => readSchema(one));
    return items.length === 0 ? [] : value.flatMap((item, index) => findUnknownKeys(items, item, `${path}/${index}`));
  }
  const object = schemaNode.safeParse(value).data;
  if (!object) return [];
  const fitting = variants.filter((variant) => {
    const tags = tagsOf(variant);
    return tags.length === 0 || typeof object.type !== 'number' || tags.includes(object.type);
  });
  const described = fitting.filter(({ properties }) => properties !== undefined);
  if (described.length === 0) return [];
  return Object.entries(object).flatMap(([key, inner]) => {
    const inside = described.flatMap(({ properties }) => readSchema(schemaNode.parse(properties)[key]));
    if (inside.length > 0) return findUnknownKeys(inside, inner, `${path}/${key}`);
    return HARMLESS_KEYS.has(key) ? [] : [`${path}/${key} is a key Discord does not know`];
  });
}

function readSchema(value: unknown): Schema[] {
  const { data } = schemaNode.safeParse(value);
  return data ? [data] : [];
}

/** A schema without references and unions: every object it may describe. */
function expand(schema: Schema): Schema[] {
  const here = dereference(schema);
  const parts = ['oneOf', 'anyOf', 'allOf'].flatMap(
    (keyword) => z.array(schemaNode).safeParse(here[keyword]).data ?? [],
  );
  return [here, ...parts.flatMap(expand)];
}

// Where the description is stricter or laxer than Discord

/** It wants strings; numbers are documented as well. */
function normalizeAttachmentIds(value: unknown): unknown {
  return mapObjects(value, (object) => {
    const attachments = z.array(z.looseObject({ id: z.number().transform(String) })).safeParse(object.attachments);
    return attachments.success ? { ...object, attachments: attachments.data } : object;
  });
}

/** In requests it wants an integer where Discord takes a string of digits. */
function normalizePermissions(value: unknown): unknown {
  return mapObjects(value, (object) => {
    const bits = object.default_member_permissions;
    return typeof bits === 'string' ? { ...object, default_member_permissions: Number(bits) } : object;
  });
}

function mapObjects(value: unknown, change: (object: Schema) => Schema): unknown {
  if (Array.isArray(value)) return value.map((item) => mapObjects(item, change));
  const object = schemaNode.safeParse(value).data;
  if (!object) return value;
  return Object.fromEntries(Object.entries(change(object)).map(([key, inner]) => [key, mapObjects(inner, change)]));
}
