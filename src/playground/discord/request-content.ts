import type { IncomingMessage } from 'node:http';
import { type FormPart, parseMultipart } from './multipart.ts';
import { refuse, refuseBody } from './refusal.ts';
import type { UploadedFile } from './uploads.ts';

export interface RequestContent {
  /** The JSON, or the parsed `payload_json` of a form; `undefined` without either. */
  body: unknown;
  files: UploadedFile[];
}

const MOST_FILES = 10;

/** Reads a body to its end, even one that is too large, so that its sender hears the refusal. */
export async function readContent(request: IncomingMessage, mostBytes: number): Promise<RequestContent> {
  const bytes = await readBytes(request, mostBytes);
  if (bytes === undefined) throw refuse('requestTooLarge');
  if (bytes.length === 0) return { body: undefined, files: [] };
  const type = request.headers['content-type'] ?? '';
  const boundary = /^multipart\/form-data;.*boundary="?([^";]+)"?/i.exec(type)?.[1];
  return boundary === undefined ? { body: parseJson(bytes), files: [] } : readForm(bytes, boundary);
}

async function readBytes(request: IncomingMessage, mostBytes: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request) {
    length += chunk.length;
    if (length <= mostBytes) chunks.push(chunk);
    else chunks.length = 0;
  }
  return length <= mostBytes ? Buffer.concat(chunks, length) : undefined;
}

function readForm(bytes: Buffer, boundary: string): RequestContent {
  const parts = splitForm(bytes, boundary);
  const json = parts.find(({ name }) => name === 'payload_json');
  const files = parts.flatMap(({ name, filename = 'unknown', contentType, bytes: content }) => {
    const index = /^files\[(\d+)\]$/.exec(name)?.[1];
    return index === undefined ? [] : [{ index: Number(index), name: filename, contentType, bytes: content }];
  });
  if (files.length > MOST_FILES) {
    throw refuseBody([
      { path: ['files'], code: 'BASE_TYPE_BAD_LENGTH', message: `Must be ${MOST_FILES} or fewer in length.` },
    ]);
  }
  return { body: json && parseJson(json.bytes), files };
}

function splitForm(bytes: Buffer, boundary: string): FormPart[] {
  try {
    return parseMultipart(bytes, boundary);
  } catch {
    throw refuse('invalidForm');
  }
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString());
  } catch {
    throw refuse('invalidJson');
  }
}
