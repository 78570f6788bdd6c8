/** One part of a multipart/form-data body; `bytes` is a view of the body, not a copy. */
export interface FormPart {
  name: string;
  /** Absent for a plain field. */
  filename: string | undefined;
  /** Empty when the part does not say. */
  contentType: string;
  bytes: Buffer;
}

const HEADERS_END = '\r\n\r\n';

/** Splits a whole body at its boundary (RFC 7578); throws when it is cut short or malformed. */
export function parseMultipart(body: Buffer, boundary: string): FormPart[] {
  const parts: FormPart[] = [];
  const delimiter = Buffer.from(`\r\n--${boundary}`);
  // The first delimiter has no line break before it unless there is a preamble.
  let position = body.indexOf(delimiter.subarray(2)) + delimiter.length - 2;
  if (position < delimiter.length - 2) throw new Error('no boundary in the body');
  while (!isEnd(body, position)) {
    const headersEnd = body.indexOf(HEADERS_END, position);
    const end = headersEnd === -1 ? -1 : body.indexOf(delimiter, headersEnd + HEADERS_END.length - 2);
    if (end === -1) throw new Error('the body ends within a part');
    const headers = body.toString('utf8', position, headersEnd);
    parts.push(
      readPart(headers, body.subarray(headersEnd + HEADERS_END.length, Math.max(end, headersEnd + HEADERS_END.length))),
    );
    position = end + delimiter.length;
  }
  return parts;
}

function isEnd(body: Buffer, position: number): boolean {
  return body.toString('latin1', position, position + 2) === '--';
}

function readPart(headers: string, bytes: Buffer): FormPart {
  const disposition = /^content-disposition:([^\r\n]*)/im.exec(headers)?.[1] ?? '';
  const name = /[;\s]name="([^"]*)"/i.exec(disposition)?.[1];
  if (name === undefined) throw new Error('a part has no name');
  const filename = /[;\s]filename="([^"]*)"/i.exec(disposition)?.[1];
  return {
    name: unescapeName(name),
    filename: filename === undefined ? undefined : unescapeName(filename),
    contentType: /^content-type:\s*(\S[^\r\n]*)/im.exec(headers)?.[1] ?? '',
    bytes,
  };
}

/** HTML's multipart/form-data encoding escapes these three, and nothing else. */
function unescapeName(name: string): string {
  return name.replaceAll('%22', '"').replaceAll('%0D', '\r').replaceAll('%0A', '\n');
}
